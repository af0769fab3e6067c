# The one list of verbs. `make help` prints it; CI runs nothing that is not a verb.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := build/stamps
ENGINE_HASH := $(shell $(PYTHON) -c 'import sys; sys.path.insert(0, "deploy/setup"); import engine_wheel; print(engine_wheel.content_hash())' 2>/dev/null || echo none)
CARGO := CARGO_TARGET_DIR=$(CURDIR)/engine/target cargo
# `-n auto` would start more processes than a shared machine likes; the tests' own servers need a core too.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadgroup

.PHONY: help
help: ## Print this list
	@grep -hE '^[a-z][a-z0-9-]*:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

# --- set-up -----------------------------------------------------------------------------------------------------------------

.PHONY: install
install: $(STAMPS)/engine-$(ENGINE_HASH) $(STAMPS)/package $(STAMPS)/web ## Set up everything from the lock files (a first engine build takes some minutes)

.PHONY: prerequisites
prerequisites:
	@if $(PYTHON) deploy/setup/engine_wheel.py --kept 2>/dev/null; then deploy/setup/prerequisites.sh --engine-kept; else deploy/setup/prerequisites.sh; fi

# The lock is whole: nothing is resolved, so that a release of today cannot break it (pip takes an extra of a pinned package for unpinned).
$(STAMPS)/python: requirements/dev.txt | prerequisites
	@echo "setting up Python packages from requirements/dev.txt (hash-checked)" >&2
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements/dev.txt
	$(BIN)/python -m pip check --disable-pip-version-check >&2
	mkdir -p $(STAMPS) && touch $@

$(STAMPS)/engine-$(ENGINE_HASH): $(STAMPS)/python
	wheel=$$($(BIN)/python deploy/setup/engine_wheel.py) && $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-index --force-reinstall "$$wheel"
	rm -f $(STAMPS)/engine-* && touch $@

$(STAMPS)/package: pyproject.toml $(STAMPS)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	touch $@

$(STAMPS)/web-packages: web/package-lock.json | prerequisites
	@echo "setting up the page's packages from web/package-lock.json" >&2
	cd web && npm ci --no-audit --no-fund --loglevel=error
	mkdir -p $(STAMPS) && touch $@

$(STAMPS)/web: $(STAMPS)/web-packages incident_api/openapi.json $(shell find web/src web/public web/index.html web/*.json web/*.ts -type f 2>/dev/null)
	@echo "building the page" >&2
	cd web && npm run --silent build
	touch $@

.PHONY: packages
packages: ## Install the Debian packages that the marked tests and the lab use (root)
	deploy/setup/install-packages.sh
	lab/install-packages.sh

# --- the product ------------------------------------------------------------------------------------------------------------

.PHONY: demo
demo: install ## Run the recorded lab day end to end and leave the page up (CHECK=1: compare with the answer key and exit)
	$(BIN)/python -m khien.app.demo $(if $(CHECK),--check) $(DEMO_ARGUMENTS)

.PHONY: lab
lab: install ## Record the lab day again (root; LIVE=1: run the sensor in the gateway while it happens)
	$(if $(LIVE),$(BIN)/python -m khien.app.lab_live,$(BIN)/python -m lab.record && $(BIN)/python -m lab.verify)

# --- checks -----------------------------------------------------------------------------------------------------------------

.PHONY: format
format: install ## Format Python, Rust and the page
	$(BIN)/ruff format . && $(BIN)/ruff check --fix-only .
	cd engine && $(CARGO) fmt --all
	cd web && npx biome check --write .

.PHONY: lint
lint: install ## Lint everything: ruff, import rules, clippy, biome, containers, generated files, licences
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	cd engine && $(CARGO) fmt --all --check && $(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	cd web && npm run --silent lint && npm run --silent i18n:check
	$(BIN)/hadolint --failure-threshold warning deploy/containers/*.Dockerfile
	$(BIN)/python -m deploy.generate --check

.PHONY: types
types: install ## Check types: mypy strict, the engine's stub, TypeScript
	$(BIN)/python -m mypy khien sensor correlator incident_api lab deploy tests
	$(BIN)/python -m mypy.stubtest khien_engine
	cd web && npm run --silent types

.PHONY: test
test: install ## Every test that is not marked slow
	cd engine && $(CARGO) test --locked --workspace --quiet
	$(PYTEST) -m "not slow" $(PYTEST_ARGUMENTS)
	cd web && npm run --silent test

.PHONY: test-all
test-all: install ## Every test, the slow ones too
	cd engine && $(CARGO) test --locked --workspace --release --quiet -- --include-ignored
	$(PYTEST) --timeout 1800 $(PYTEST_ARGUMENTS)
	cd web && npm run --silent test

.PHONY: e2e
e2e: install ## The page's tests in a real Chromium against the real server
	$(BIN)/python -m pytest tests/e2e -m browser --timeout 600

.PHONY: a11y
a11y: install ## The accessibility gate: every page in both languages and themes, with data, without any, failing, and with everything open
	$(BIN)/python -m pytest tests/e2e/test_page.py -m slow -k accessible --timeout 7200 -n 0

.PHONY: faults
faults: install ## The fault cases with 200 random points instead of 20
	KHIEN_FAULT_POINTS=200 $(PYTEST) tests/faults --timeout 3600

.PHONY: conformance
conformance: install ## Compare with the answers of SUITE (suricata-verify, zeek, ndpi, arkime, tcpdump) in DIR; OUT= writes the result as JSON
	$(BIN)/python -m tests.conformance $(SUITE) $(DIR) $(if $(OUT),--json $(OUT)) $(CONFORMANCE_ARGUMENTS)

.PHONY: gates-detect
gates-detect: install ## The data gates of detection: rules against public data with known answers (DATA=folder or KHIEN_TEST_DATA); writes build/gates/detect.json
	$(BIN)/python -m tests.gates --out build/gates/detect.json $(if $(DATA),--data $(DATA)) $(GATES_ARGUMENTS)

.PHONY: second-opinion
second-opinion: install ## Khiên beside tshark over 300 captures below DIR, every difference explained; OUT= writes the result as JSON
	$(BIN)/python -m tests.second_opinion $(DIR) $(if $(OUT),--json $(OUT)) $(SECOND_OPINION_ARGUMENTS)

.PHONY: check
check: lint types test ## What CI runs

.PHONY: generate
generate: install ## Write again what is generated and committed: OpenAPI document, schema, reference pages
	$(BIN)/python -m deploy.generate

.PHONY: docs
docs: install ## Check that generated pages are current and that every example in the docs runs
	$(BIN)/python -m deploy.generate --check
	$(BIN)/python -m pytest tests/docs

.PHONY: style-report
style-report: ## Print the table of sizes of the house style for this tree
	$(PYTHON) -m deploy.style_report

# --- servers for tests ------------------------------------------------------------------------------------------------------

.PHONY: elasticsearch
elasticsearch: $(STAMPS)/python ## Start a real Elasticsearch node for tests and print its address
	$(BIN)/python -m tests.servers elasticsearch start

.PHONY: postgresql
postgresql: $(STAMPS)/python ## Start a real PostgreSQL for tests and print its address
	$(BIN)/python -m tests.servers postgresql start

.PHONY: servers-stop
servers-stop: ## Stop what `make elasticsearch` and `make postgresql` started
	$(BIN)/python -m tests.servers stop

# --- long work --------------------------------------------------------------------------------------------------------------

.PHONY: bench-packets
bench-packets: install build/bench-venv/bin/python ## Packets per second beside nfstream, dpkt, scapy and tshark in one run → build/bench/packets.json
	$(BIN)/python -m tests.bench.packet --peers build/bench-venv/bin/python $(BENCH_ARGUMENTS)

.PHONY: bench-instructions
bench-instructions: install ## Instructions a packet and an event of every hot path, against the baseline (valgrind; UPDATE=1: a new one)
	CARGO_TARGET_DIR=$(CURDIR)/engine/target $(BIN)/python -m tests.bench.packet.instructions $(if $(UPDATE),--update)
	CARGO_TARGET_DIR=$(CURDIR)/engine/target $(BIN)/python -m tests.bench.detect.instructions $(if $(UPDATE),--update)

# The peers live in an environment of their own: nothing of theirs is needed to test or to run.
build/bench-venv/bin/python: requirements/bench.txt
	$(PYTHON) -m venv build/bench-venv
	build/bench-venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements/bench.txt

.PHONY: bench-stores
bench-stores: install ## Rows per second into SQLite and Elasticsearch → build/bench/stores.json
	$(BIN)/python -m tests.bench.stores $(BENCH_ARGUMENTS)

.PHONY: bench-api
bench-api: install ## Intake, claims, every bulk act with its undo, lists over a million groups, shares of work; SQLite and PostgreSQL → build/bench/api.json
	$(BIN)/python -m tests.bench.api $(BENCH_ARGUMENTS)

.PHONY: bench-web
bench-web: install ## The page's budgets in Chromium over 100,000 groups → build/bench/web.json
	$(BIN)/python -m tests.bench.web $(BENCH_ARGUMENTS)

.PHONY: bench-triage
bench-triage: install ## Keys and seconds to the right verdict on five planted alerts, in both languages → build/bench/triage.json
	$(BIN)/python -m tests.bench.triage

.PHONY: bench-spool
bench-spool: install ## Events per second through spool and delivery → build/bench/spool.json
	$(BIN)/python -m tests.bench.spool $(BENCH_ARGUMENTS)

.PHONY: bench-detect
bench-detect: install ## Matching beside rsigma, candidates, compiling, correlation, memory → build/bench/detect.json
	CARGO_TARGET_DIR=$(CURDIR)/engine/target $(BIN)/python -m tests.bench.detect $(BENCH_ARGUMENTS)

.PHONY: bench-end-to-end
bench-end-to-end: install ## An hour of 5,000 events a second from a spool to alerts (BENCH_ARGUMENTS="--minutes 20") → build/bench/detect.json
	$(BIN)/python -m tests.bench.end_to_end $(BENCH_ARGUMENTS)

.PHONY: bench-attacks
bench-attacks: install ## Twice every attack takes about twice the instructions (valgrind; ATTACKS="name ...": these)
	CARGO_TARGET_DIR=$(CURDIR)/engine/target $(BIN)/python -m tests.bench.packet.attacks $(ATTACKS)

.PHONY: fuzz
fuzz: ## Fuzz each parser for SECONDS (default 60; TARGET="name ...": these), see engine/fuzz/README.md
	FUZZ_SECONDS=$(or $(SECONDS),60) engine/fuzz/run.sh $(TARGET)

.PHONY: fuzz-seeds
fuzz-seeds: install ## Write the seeds of the fuzz targets again (CORPUS=folder: also inputs from the captures of the test data, there)
	$(BIN)/python -m tests.fuzz.seeds
	$(if $(CORPUS),$(BIN)/python -m tests.fuzz.captures $(CORPUS))

.PHONY: lock
lock: ## Resolve the requirement files again from pyproject.toml
	for set in "dev:--extra server --extra analysis --extra arrow --group dev" "server:--extra server --extra analysis" "sensor:" "build:--only-group build" "bench:--only-group bench"; do \
	  $(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 $${set#*:} pyproject.toml \
	    --no-emit-package khien-engine --output-file requirements/$${set%%:*}.txt; done

.PHONY: clean
clean: ## Remove what is built (kept wheels stay)
	rm -rf build/stamps build/bench build/gates web/dist engine/target
