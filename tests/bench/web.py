"""The page's budgets in Chromium: `python -m tests.bench.web [--groups N]` → build/bench/web.json (UI design, section 6).

The real server with its scene, and 100,000 open groups beside it, written as intake makes them: one real group, many times over.
What the browser does is `web/scripts/bench.mjs`. Times are wall times of this machine, other work included; the load stands beside.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite

from tests.e2e.scene import LAB

ROOT = Path(__file__).resolve().parents[2]
DATASET = "exercise:bench"
_CHUNK = 5_000
#: The rules of the bulk acts that are timed, with their number of groups.
_BULK = {"bench-1k": 1_000, "bench-10k": 10_000}


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=int, default=100_000, help="groups that the queue holds (default: 100,000)")
    given = parser.parse_args()
    server = subprocess.Popen([sys.executable, "-m", "tests.e2e.serve"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        found = json.loads(server.stdout.readline())
        _fill(Path(found["KHIEN_E2E_HOME"]), given.groups)
        load = round(os.getloadavg()[0], 1)
        asked = {**os.environ, **found, "KHIEN_BENCH_DATASET": DATASET}
        ran = subprocess.run(["node", "scripts/bench.mjs"], cwd=ROOT / "web", env=asked, stdout=subprocess.PIPE, check=False)
    finally:
        server.terminate()
        server.wait(30)
    if ran.returncode != 0:
        print("error: the browser's part failed", file=sys.stderr)
        return 1
    figures: list[dict[str, Any]] = json.loads(ran.stdout)
    for each in figures:
        print(f"  {each['name']:<40} {each['value']:>10} {each['unit']} (bound {each['bound']})")
    target = ROOT / "build" / "bench" / "web.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"groups": given.groups, "load": load, "figures": figures}, indent=2) + "\n", encoding="utf-8")
    print(f"load {load}; written to {target.relative_to(ROOT)}")
    return 0 if all(each["passed"] for each in figures) else 1


def _fill(home: Path, count: int) -> None:
    with closing(sqlite.connect(home / "incident_api" / "state.db")) as connection:
        connection.row_factory = sqlite.Row
        one = connection.execute(
            "select * from triage_groups where dataset = ? and state = 'new' and severity < 4 limit 1", (LAB,)
        ).fetchone()
        rows = _copies(dict(one), count)
        columns = list(one.keys())
        statement = f"insert into triage_groups ({', '.join(columns)}) values ({', '.join('?' * len(columns))})"
        while chunk := list(islice(rows, _CHUNK)):
            connection.executemany(statement, [[row[name] for name in columns] for row in chunk])
            connection.executemany(
                "insert into group_labels (group_id, kind, value) values (?, 'asset', ?)",
                [(row["id"], row["asset"]) for row in chunk],
            )
            connection.commit()
        connection.execute("ANALYZE")
        connection.commit()


def _copies(one: dict[str, Any], count: int) -> Iterator[dict[str, Any]]:
    names = [rule for rule, groups in _BULK.items() for _ in range(groups)]
    for number in range(count):
        rule = names[number] if number < len(names) else f"fill-{number % 500}"
        asset = f"may-tram-{number}"
        yield {
            **one,
            "id": f"{uuid.uuid5(uuid.NAMESPACE_OID, f'{rule} {number}').int >> 64:016x}",
            "dataset": DATASET,
            "triage_key": f"{rule} {number}",
            "rule_id": rule,
            "rule_name": rule,
            "asset": asset,
            "assets": json.dumps([asset]),
            "search_text": f"canh bao {number}\n{rule}\n{asset}",
            "severity": 1 + number % 3,
            "last_us": one["last_us"] - number * 1_000_000,
            "first_us": one["first_us"] - number * 1_000_000,
            # Else the server escalates a hundred thousand overdue groups while the page is measured.
            "acknowledge_due_us": one["last_us"] + 86_400 * 1_000_000,
        }


if __name__ == "__main__":
    sys.exit(main())
