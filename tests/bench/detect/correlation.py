"""Correlation, from "lines and hits of a scan" to "firings out" (`cargo bench -p khien-correlate --bench lane`).

Each lane is a process of its own: medians of five runs, and for a million idle groups their resident memory, snapshot and recovery.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

LANES = ("event_count", "temporal", "event_count_one", "value_count", "value_percentile", "firing", "idle")


def lanes(root: Path) -> dict[str, dict[str, Any]]:
    """Every lane's figures."""
    return {name: _lane(root, name) for name in LANES}


def _lane(root: Path, name: str) -> dict[str, Any]:
    command = ["cargo", "bench", "--quiet", "-p", "khien-correlate", "--bench", "lane", "--", name]
    done = subprocess.run(command, cwd=root / "engine", check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measures(found: dict[str, dict[str, Any]]) -> dict[str, float]:
    """The figures that have bounds."""
    idle, one = found["idle"], found["event_count_one"]
    return {
        "correlate: matches a second": found["event_count"]["matches_per_second"],
        "value_count of 1,800 values, times event_count": one["matches_per_second"] / found["value_count"]["matches_per_second"],
        "bytes an idle group": idle["bytes_a_group"],
        "a million idle groups, MB": idle["resident_bytes"] / 1e6,
        "a million groups back after a restart, seconds": idle["recovery_seconds"],
    }
