"""`python -m tests.bench.detect`: correlation from "lines and hits of a scan" to "firings out" → build/bench/detect.json.

Each lane is a process of its own (`cargo bench -p khien-correlate --bench lane`): medians of five runs, and for a million idle
groups their resident memory, snapshot and recovery. Other lanes of the file stay as they are.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

LANES = ("event_count", "temporal", "event_count_one", "value_count", "value_percentile", "firing", "idle")
ROOT = Path(__file__).parents[3]
OUT = ROOT / "build" / "bench" / "detect.json"

#: Detection design, section 14: (measure, floor, goal, whether more is better).
BOUNDS = (
    ("matches_per_second", 500_000.0, 1_000_000.0, True),
    ("value_count_times_event_count", 2.0, 1.3, False),
    ("bytes_an_idle_group", 300.0, 150.0, False),
    ("resident_bytes_of_a_million_groups", 300e6, 150e6, False),
    ("recovery_seconds_of_a_million_groups", 10.0, 10.0, False),
)


def lane(name: str) -> dict[str, Any]:
    """One measurement."""
    command = ["cargo", "bench", "--quiet", "-p", "khien-correlate", "--bench", "lane", "--", name]
    done = subprocess.run(command, cwd=ROOT / "engine", check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measures(lanes: dict[str, dict[str, Any]]) -> dict[str, float]:
    """The figures that have bounds."""
    idle = lanes["idle"]
    return {
        "matches_per_second": lanes["event_count"]["matches_per_second"],
        "value_count_times_event_count": lanes["event_count_one"]["matches_per_second"]
        / lanes["value_count"]["matches_per_second"],
        "bytes_an_idle_group": idle["bytes_a_group"],
        "resident_bytes_of_a_million_groups": idle["resident_bytes"],
        "recovery_seconds_of_a_million_groups": idle["recovery_seconds"],
    }


def judged(name: str, value: float, floor: float, goal: float, *, is_more: bool) -> dict[str, Any]:
    """A figure beside its bounds."""
    met = {word: value >= bound if is_more else value <= bound for word, bound in (("floor_met", floor), ("goal_met", goal))}
    return {"measure": name, "value": value, "floor": floor, "goal": goal, **met}


def main() -> int:
    """Exit status 1 when a floor is missed."""
    lanes = {name: lane(name) for name in LANES}
    found = measures(lanes)
    rows = [judged(name, found[name], floor, goal, is_more=is_more) for name, floor, goal, is_more in BOUNDS]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    known: dict[str, Any] = json.loads(OUT.read_text()) if OUT.exists() else {}
    known["correlate"] = {"load": os.getloadavg()[0], "lanes": lanes, "bounds": rows}
    OUT.write_text(json.dumps(known, indent=2) + "\n")
    for row in rows:
        mark = "goal" if row["goal_met"] else "floor" if row["floor_met"] else "MISSED"
        bounds = f"floor {row['floor']:,.6g}  goal {row['goal']:,.6g}"
        sys.stdout.write(f"{row['measure']:<40} {row['value']:>14,.2f}  {bounds}  {mark}\n")
    return 0 if all(row["floor_met"] for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
