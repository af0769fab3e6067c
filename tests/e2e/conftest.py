"""One server for the areas of the page: their specs work on things of their own, so that they need not start one each."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def page_server() -> Iterator[dict[str, str]]:
    """The environment that names a running server with the scene in it, as `npm run e2e` reads it."""
    yield from _serving("tests.e2e.serve")


@pytest.fixture(scope="module")
def lab_server() -> Iterator[dict[str, str]]:
    """The same with the recorded lab day in it, which came through a sensor and the correlator."""
    yield from _serving("tests.e2e.lab_day")


def _serving(module: str) -> Iterator[dict[str, str]]:
    server = subprocess.Popen([sys.executable, "-m", module], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line, f"{module} did not start"
        found: dict[str, str] = json.loads(line)
        yield found
    finally:
        server.terminate()
        server.wait(60)
        if server.stdout is not None:
            server.stdout.close()
