"""What all tests share: real servers, the test data, and the rule that a promised server may not be skipped.

`KHIEN_REQUIRE=elasticsearch,postgresql` turns the skips for these into failures; `KHIEN_ELASTICSEARCH_URL` and
`KHIEN_POSTGRESQL_URL` name servers that run already; `KHIEN_TEST_DATA` names the folder of test data.
"""

from __future__ import annotations

import os
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from tests.servers import elasticsearch, postgresql
from tests.servers.process import CannotStart, Running, stop

ROOT = Path(__file__).resolve().parents[1]
_RUN = "KHIEN_TEST_RUN"
#: A fixture that starts a server counts against the first test that asks for it.
_SERVER_SECONDS = 300


def pytest_configure() -> None:
    """Give the run a name that its workers inherit, so that it stops exactly the servers that it started."""
    os.environ.setdefault(_RUN, uuid.uuid4().hex)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on a real server share it on one worker, and may wait for its start."""
    for item in items:
        for name in ("elasticsearch", "postgresql"):
            if item.get_closest_marker(name) is not None:
                item.add_marker(pytest.mark.xdist_group(name))
                if item.get_closest_marker("timeout") is None:
                    item.add_marker(pytest.mark.timeout(_SERVER_SECONDS))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the servers that this run started; the last to leave is the one that is no worker."""
    if not hasattr(session.config, "workerinput"):
        for name in (*elasticsearch.VERSIONS, postgresql.NAME):
            stop(name, owner=os.environ[_RUN])


def is_required(name: str) -> bool:
    """Whether this run promised the server."""
    return name in os.environ.get("KHIEN_REQUIRE", "").split(",")


def unavailable(name: str, reason: str) -> NoReturn:
    """Skip with the reason, or fail where the run promised otherwise."""
    if is_required(name):
        pytest.fail(f"{name} is required (KHIEN_REQUIRE) but {reason}")
    pytest.skip(f"{name}: {reason}")


def _started(name: str, start: Callable[[], Running]) -> str:
    try:
        return start().url
    except CannotStart as error:
        unavailable(name, str(error))


@pytest.fixture(scope="session")
def elasticsearch_url() -> str:
    """A real Elasticsearch 8.19 node."""
    configured = os.environ.get("KHIEN_ELASTICSEARCH_URL")
    if configured:
        try:
            urllib.request.urlopen(f"{configured}/_cluster/health", timeout=10).close()
        except (urllib.error.URLError, OSError) as error:
            unavailable("elasticsearch", f"{configured} does not answer: {error}")
        return configured
    return _started("elasticsearch", lambda: elasticsearch.start(owner=os.environ[_RUN]))


@pytest.fixture(scope="session")
def elasticsearch9_url() -> str:
    """A real Elasticsearch 9 node; needs a JDK 21 or later."""
    return _started("elasticsearch9", lambda: elasticsearch.start("elasticsearch9", owner=os.environ[_RUN]))


@pytest.fixture(scope="session")
def postgresql_url() -> str:
    """A real PostgreSQL server, as `postgresql://user@host:port/database`."""
    configured = os.environ.get("KHIEN_POSTGRESQL_URL")
    return configured or _started("postgresql", lambda: postgresql.start(owner=os.environ[_RUN]))


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The read-only folder of real captures and logs."""
    folder = Path(os.environ.get("KHIEN_TEST_DATA", ROOT / ".." / "shared" / "data")).resolve()
    if not (folder / "README.md").exists():
        unavailable("test_data", f"no test data at {folder}; name the folder in KHIEN_TEST_DATA")
    return folder
