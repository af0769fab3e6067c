"""What the incident API carries: `python -m tests.bench.api [--groups N] [--sqlite-only] [--only PART ...]` → build/bench/api.json.

On SQLite and, where a server can be had, on PostgreSQL: ten thousand new groups taken in, fifty claims of one group, fifty posts
of one alert, every bulk act over the ten thousand with its undo, and 50 rows out of a million groups. `load` needs no store: how
evenly ten thousand assignments are shared. Bounds are those of the response design, sections 5 and 6. Times are wall times of this
machine, other work included; `cpu` is what this process itself needed.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import func, insert, select
from sqlalchemy.engine import make_url

from incident_api.alerts.models import GroupLabel, StoredAlert, TriageGroup
from incident_api.runtime import Runtime
from incident_api.service import settle
from khien.alert import Level
from tests.bench import bulk_acts
from tests.bench.figures import Figure, figure
from tests.incident_api.city import START_US, Page, alert, city, post
from tests.incident_api.coordination import fair_shares
from tests.servers import postgresql
from tests.servers.process import CannotStart

ROOT = Path(__file__).resolve().parents[2]
_CHUNK = 2_000
_LOOKS = 100
_AT_ONCE = 50
PARTS = ("load", "claims", "posts", "intake", "bulk", "lists")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=int, default=1_000_000, help="groups that the queue holds (default: a million)")
    parser.add_argument("--sqlite-only", action="store_true", help="leave PostgreSQL out")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="these parts (default: all)")
    given = parser.parse_args()
    figures: list[Figure] = []
    for each in _all(set(given.only), groups=given.groups, sqlite_only=given.sqlite_only):
        figures.append(each)
        print(f"  {each['name']:<44} {each['value']:>10} {each['unit']} (bound {each['bound']})", flush=True)
    target = ROOT / "build" / "bench" / "api.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"groups": given.groups, "figures": figures}, indent=2) + "\n", encoding="utf-8")
    print(f"written to {target.relative_to(ROOT)}")
    return 0 if all(each["passed"] for each in figures) else 1


def _all(parts: set[str], *, groups: int, sqlite_only: bool) -> Iterator[Figure]:
    if "load" in parts:
        shares = fair_shares.simulated()
        yield figure("assignments.load.max_over_mean", shares.max_over_mean, "times", bound=1.15, is_most=True)
        yield figure("assignments.unattended", shares.unattended, "of 10,000", bound=0, is_exact=True)
    if parts != {"load"}:
        for name, url in _databases(sqlite_only=sqlite_only):
            print(f"{name}: load {os.getloadavg()[0]:.1f}", flush=True)
            yield from _measure(name, url, parts=parts, groups=groups)


def _databases(*, sqlite_only: bool) -> Iterator[tuple[str, str | None]]:
    yield "sqlite", None
    if sqlite_only:
        return
    try:
        server = postgresql.start().url
    except CannotStart as error:
        print(f"postgresql is left out: {error}", file=sys.stderr)
        return
    with _fresh_database(server) as url:
        yield "postgresql", url


@contextmanager
def _fresh_database(server: str) -> Iterator[str]:
    name = f"khien_bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _measure(name: str, url: str | None, *, parts: set[str], groups: int) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder, city(Path(folder), database_url=url) as runtime:
        Page(runtime, "irt.analyst.2").rows()
        settle()
        if "claims" in parts:
            yield _claims(name, runtime)
        if "posts" in parts:
            yield _posts(name, runtime)
        if parts & {"intake", "bulk"}:
            yield from bulk_acts.intake(name, runtime)
        if "bulk" in parts:
            yield from bulk_acts.acts(name, runtime)
        if "lists" in parts:
            print(f"  filling in {groups} groups", flush=True)
            _fill(runtime, groups)
            yield from _lists(name, runtime)


def _claims(name: str, runtime: Runtime) -> Figure:
    """Fifty people take one group: one gets it."""
    post(runtime, alert(1, rule="claimed", level=Level.CRITICAL))
    page = Page(runtime, "irt.analyst.2")
    row = page.rows(q="claimed")[0]
    pages = [Page(runtime, f"irt.analyst.{1 + number % 6}") for number in range(_AT_ONCE)]
    body = {"version": row["version"]}
    codes = _at_once([partial(_take, each, row["id"], body) for each in pages])
    return figure(f"{name}.claims.winners", codes.count(200), "of 50", bound=1, is_exact=True)


def _take(page: Page, group: str, body: dict[str, Any]) -> int:
    return page.post(f"/groups/{group}/take", body).status_code


def _posts(name: str, runtime: Runtime) -> Figure:
    """One alert posted fifty times at once."""
    one = alert(1, rule="posted")
    _at_once([lambda: post(runtime, one)] * _AT_ONCE)
    with runtime.database.read() as session:
        found = session.scalar(select(func.count()).select_from(StoredAlert).where(StoredAlert.id == one.id)) or 0
    return figure(f"{name}.posts.stored", found, "of 50", bound=1, is_exact=True)


def _lists(name: str, runtime: Runtime) -> Iterator[Figure]:
    """50 rows by what people ask for, over the whole way through the API."""
    page = Page(runtime, "irt.analyst.2")
    asked: dict[str, dict[str, Any]] = {
        "queue": {},
        "newest": {"sort": "newest"},
        "severity": {"severity": "critical"},
        "unit": {"unit": "p-an-binh"},
        "rule": {"rule": "fill-7"},
        "words": {"q": "cong thong tin"},
        "by_rule": {"group_by": "rule"},
    }
    for kind, query in asked.items():
        times = []
        for _ in range(_LOOKS):
            began = time.perf_counter()
            answer = page.get("/alerts", limit=50, **query)
            times.append((time.perf_counter() - began) * 1_000)
            if answer.status_code != 200:
                sys.exit(f"error: the list answered {answer.status_code}: {answer.text[:200]}")
        yield figure(f"{name}.list.{kind}.p95", statistics.quantiles(times, n=20)[-1], "ms", bound=200, is_most=True)


def _fill(runtime: Runtime, count: int) -> None:
    """Groups as intake makes them, without going through it a million times: one real group, many times over."""
    post(runtime, alert(1, rule="fill", asset="lan-p-an-binh", unit="p-an-binh"))
    with runtime.database.read() as session:
        one = session.scalars(select(TriageGroup).where(TriageGroup.rule_name == "fill")).one()
        columns = {each.key: getattr(one, each.key) for each in TriageGroup.__mapper__.column_attrs}
    people = [f"irt.analyst.{number}" for number in range(1, 7)]
    rows = (_copy(columns, number, people=people) for number in range(count))
    while chunk := list(islice(rows, _CHUNK)):
        labels = [
            {"group_id": row["id"], "kind": kind, "value": value}
            for row in chunk
            for kind, values in (("unit", row["units"]), ("asset", row["assets"]), ("source", row["sources"]))
            for value in values
        ]
        with runtime.database.write() as session:
            session.execute(insert(TriageGroup), chunk)
            session.execute(insert(GroupLabel), labels)
    with runtime.database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def _copy(columns: dict[str, Any], number: int, *, people: list[str]) -> dict[str, Any]:
    name = f"fill-{number % 500}"
    unit = "p-an-binh" if number % 50 == 0 else f"don-vi-{number % 278}"
    is_open = number % 20 == 0
    return {
        **columns,
        "id": f"{(uuid.uuid5(uuid.NAMESPACE_OID, f'{name} {number}').int >> 64):016x}",
        "triage_key": f"{name} {number}",
        "rule_id": name,
        "rule_name": name,
        "title_vi": f"Tấn công vào cổng thông tin {number}" if number % 100 == 0 else f"Cảnh báo {number}",
        "search_text": f"cong thong tin\n{name}\n{unit}" if number % 100 == 0 else f"canh bao {number}\n{name}\n{unit}",
        "severity": 1 + number % 3 if number % 1_000 else 4,
        "units": [unit],
        "unit": unit,
        "sources": [f"198.51.{number % 100}.{number % 250}"],
        "is_open": is_open,
        "collects": is_open,
        "state": "new" if is_open else "closed",
        "verdict": None if is_open else "false_positive",
        "closed_us": None if is_open else START_US,
        "assignee": people[number % len(people)],
        "last_us": START_US - number * 1_000,
        "first_us": START_US - number * 1_000,
        "received_us": START_US - number * 1_000,
    }


def _at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]


if __name__ == "__main__":
    sys.exit(main())
