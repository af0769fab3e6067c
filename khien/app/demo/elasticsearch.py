"""A second store for the demo: a node that runs already (`KHIEN_ELASTICSEARCH_URL`), or one started as the tests start it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CLONE = Path(__file__).resolve().parents[3]
_NAME = "elasticsearch"


@contextmanager
def node() -> Iterator[tuple[str | None, str]]:
    """Its address, or None and the reason why there is none; what was started here is stopped here."""
    given = os.environ.get("KHIEN_ELASTICSEARCH_URL")
    if given:
        yield given, ""
        return
    if not (_CLONE / "tests" / "servers").is_dir():
        yield None, "this installation has no test servers"
        return
    was_running = bool(_servers("url"))
    started = subprocess.run(
        [sys.executable, "-m", "tests.servers", _NAME, "start"], cwd=_CLONE, capture_output=True, check=False, text=True
    )
    if started.returncode:
        yield None, started.stderr.strip().removeprefix("error: ")
        return
    try:
        yield started.stdout.strip(), ""
    finally:
        if not was_running:
            _servers("stop")


def _servers(verb: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.servers", _NAME, verb], cwd=_CLONE, capture_output=True, check=False, text=True
    )
    return ran.stdout.strip()
