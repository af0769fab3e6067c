"""A ticker killed with signal 9 between any two statements beside a second one: no notice lost, none sent twice with a new key."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.incident_api.city import ROOT


def killed(folder: Path, *, runs: int, seed: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.incident_api.escalation.killing", str(folder), str(runs), str(seed)],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def check(found: dict[str, Any], *, least_killed: int) -> None:
    expected = found["expected"]
    assert expected["rows"] == expected["distinct"] > 8
    assert found["statements"] > 50
    for each in found["results"]:
        where = {name: each[name] for name in ("kill_before", "was_killed")}
        assert (where, each["told"]) == (where, expected["told"])
        assert each["rows"] == each["distinct"]
        assert each["runs"] == expected["runs"]
        assert each["whole"]
    assert sum(each["was_killed"] for each in found["results"]) >= least_killed


@pytest.mark.timeout(180)
def test_five_kills_lose_no_notice_and_send_none_twice(tmp_path: Path) -> None:
    check(killed(tmp_path, runs=5, seed=1), least_killed=1)


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_a_hundred_kills_lose_no_notice_and_send_none_twice(tmp_path: Path) -> None:
    check(killed(tmp_path, runs=100, seed=2), least_killed=50)
