"""Servers of the tests run as ordinary users, on loopback only, and may not be skipped where they were promised."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import psycopg
import pytest

from tests.conftest import is_required, unavailable
from tests.servers.elasticsearch import find_jdk
from tests.servers.process import CannotStart, Running, load


def listening_addresses(pid: int) -> set[str]:
    """Local addresses (hex) of the listening sockets that the process holds."""
    inodes = {link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir() if "socket" in str(link.readlink())}
    found: set[str] = set()
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            columns = row.split()
            if columns[3] == "0A" and f"socket:[{columns[9]}]" in inodes:
                found.add(columns[1].partition(":")[0])
    return found


def test_a_promised_server_fails_and_another_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHIEN_REQUIRE", "elasticsearch,browser")
    assert is_required("elasticsearch")
    with pytest.raises(pytest.fail.Exception, match=r"is required .* no JDK"):
        unavailable("elasticsearch", "no JDK")
    with pytest.raises(pytest.skip.Exception, match="postgresql: not installed"):
        unavailable("postgresql", "not installed")


def test_a_jdk_that_is_not_there_is_named_with_its_package() -> None:
    with pytest.raises(CannotStart, match="openjdk-17-jre-headless"):
        find_jdk(999)


def test_a_state_file_of_a_dead_or_foreign_process_is_no_server() -> None:
    assert not Running("x", 1, "http://127.0.0.1:1", "/no/such/scratch").is_alive()
    assert not Running("x", 2**22 + 1, "http://127.0.0.1:1", "/no/such/scratch").is_alive()


@pytest.mark.elasticsearch
def test_elasticsearch_answers_and_is_not_root(elasticsearch_url: str) -> None:
    with urllib.request.urlopen(f"{elasticsearch_url}/_cluster/health", timeout=10) as answer:
        assert answer.headers["X-elastic-product"] == "Elasticsearch"
    assert_not_root("elasticsearch")


@pytest.mark.postgresql
def test_postgresql_answers_is_not_root_and_listens_on_loopback_only(postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url) as connection:
        version, encoding = connection.execute(
            "select current_setting('server_version_num')::int, current_setting('server_encoding')"
        ).fetchone() or (0, "")
    assert version >= 150_000
    assert encoding == "UTF8"
    assert_not_root("postgresql")
    running = load("postgresql")
    if running is not None:
        assert listening_addresses(running.pid) == {"0100007F"}


def assert_not_root(name: str) -> None:
    """The server that we started has no root rights (one named from outside is not ours to judge)."""
    running = load(name)
    if running is not None:
        status = Path(f"/proc/{running.pid}/status").read_text(encoding="ascii")
        uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
        assert "0" not in uids
