# One file, two images: `server` (correlator, incident API, page) and `sensor` (packets and logs, nothing else).
# Base images are pinned by version; pin them by digest in the city's own registry mirror.

FROM rust:1.95.0-slim-bookworm AS engine
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY requirements/build.txt requirements/build.txt
RUN python3 -m venv /build \
    && /build/bin/python -m pip install --no-cache-dir --require-hashes --no-deps --requirement requirements/build.txt
COPY rust-toolchain.toml rust-toolchain.toml
COPY engine engine
WORKDIR /source/engine/python
RUN /build/bin/maturin build --release --locked --out /wheels

FROM node:20.20.2-bookworm-slim AS page
WORKDIR /source/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY incident_api/openapi.json /source/incident_api/openapi.json
COPY web ./
RUN npm run build

FROM python:3.11.14-slim-bookworm AS base
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 KHIEN_HOME=/var/lib/khien PATH=/opt/khien/bin:$PATH
RUN python -m venv /opt/khien \
    && useradd --system --uid 10001 --home-dir /var/lib/khien --create-home --shell /usr/sbin/nologin khien \
    && chmod 0755 /var/lib/khien
WORKDIR /opt/khien/source

FROM base AS sensor
COPY requirements/sensor.txt requirements/build.txt requirements/
RUN pip install --no-cache-dir --require-hashes --no-deps --requirement requirements/sensor.txt \
    && pip install --no-cache-dir --require-hashes --no-deps --requirement requirements/build.txt
COPY --from=engine /wheels /wheels
COPY pyproject.toml README.md LICENSE ./
COPY khien khien
COPY sensor sensor
COPY correlator correlator
COPY incident_api incident_api
RUN pip install --no-cache-dir --no-index --no-deps /wheels/*.whl \
    && pip install --no-cache-dir --no-index --no-deps --no-build-isolation --editable .
USER khien
ENTRYPOINT ["khien"]
CMD ["sensor", "run", "--help"]

FROM base AS server
# Reports as PDF: the lines by Pango, the letters by a font with Vietnamese that is as wide as Times New Roman.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-liberation libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/*
COPY requirements/server.txt requirements/build.txt requirements/
RUN pip install --no-cache-dir --require-hashes --no-deps --requirement requirements/server.txt \
    && pip install --no-cache-dir --require-hashes --no-deps --requirement requirements/build.txt
COPY --from=engine /wheels /wheels
COPY pyproject.toml README.md LICENSE ./
COPY khien khien
COPY sensor sensor
COPY correlator correlator
COPY incident_api incident_api
COPY rules rules
COPY coordination coordination
COPY --from=page /source/web/dist web/dist
RUN pip install --no-cache-dir --no-index --no-deps /wheels/*.whl \
    && pip install --no-cache-dir --no-index --no-deps --no-build-isolation --editable . \
    && install --directory --owner khien --group khien /var/lib/khien
USER khien
EXPOSE 8443 8444 8445
ENTRYPOINT ["khien"]
CMD ["serve", "--host", "0.0.0.0"]
