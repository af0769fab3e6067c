"""Every bulk act that the API offers over ten thousand groups, each with its undo, and how these groups came in.

The groups went through intake: each has its alert, its clock, its notices and its history, so that an act has something to stop.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.runtime import Runtime
from khien.alert import Level
from tests.bench.figures import Figure, figure
from tests.incident_api.city import START_US, Page, alert, post

GROUPS = 10_000
MOST_SECONDS = 10
_BATCH = 100
_LEVELS = (Level.LOW, Level.MEDIUM, Level.HIGH)
_ASSETS = ("cong-tt", "mail", "ad", None)
_END_US = START_US - 1_000_000_000
#: Nothing else in the store happened then.
_THESE = {"since_us": _END_US - GROUPS, "before_us": _END_US + 1}


@dataclass(frozen=True, slots=True)
class Act:
    """What is asked for; `records` of the audit log each group leaves."""

    name: str
    body: dict[str, Any]
    records: int = 1
    tab: str = "team"
    is_undone: bool = True


ACTS = (
    Act("take", {"action": "take"}),
    Act("hand_over", {"action": "hand_over", "to": "irt.analyst.5", "reason": "Hết ca"}),
    Act("hand_back", {"action": "hand_over", "reason": "Không thuộc phần tôi"}),
    Act("suppress", {"action": "suppress", "reason": "Bảo trì", "scope": "thing", "until_us": START_US + 3_600_000_000}),
    Act("link", {"action": "link"}),
    # Whoever closes what is new has taken it first: two steps, two records.
    Act("close", {"action": "close", "verdict": "expected", "reason": "Diễn tập"}, records=2),
    Act("close_again", {"action": "close", "verdict": "duplicate"}, records=2, is_undone=False),
    Act("reopen", {"action": "reopen", "reason": "Đóng nhầm"}, tab="closed"),
)


def intake(name: str, runtime: Runtime) -> Iterator[Figure]:
    """Alerts of ten thousand matters, in the correlator's batches."""
    alerts = [
        alert(number, rule=f"bulk-{number}", level=_LEVELS[number % 3], asset=_ASSETS[number % 4], at_us=_END_US - number)
        for number in range(GROUPS)
    ]
    began, began_cpu = time.perf_counter(), time.process_time()
    for place in range(0, len(alerts), _BATCH):
        post(runtime, *alerts[place : place + _BATCH])
    yield figure(f"{name}.intake.new_groups", len(alerts) / (time.perf_counter() - began), "groups/s", bound=1_000)
    yield figure(f"{name}.intake.new_groups.cpu", len(alerts) / (time.process_time() - began_cpu), "groups/CPU s", bound=1_000)


def acts(name: str, runtime: Runtime) -> Iterator[Figure]:
    """Each act as people ask for it: a preview over a filter, the act, and the whole taken back."""
    page = Page(runtime, "irt.shift_lead.2")
    for act in ACTS:
        body = act.body | {"selection": {"query": {**_THESE, "tab": act.tab}}}
        if act.body["action"] == "link":
            body["incident"] = page.post("/incidents", {"title": "Sự cố đo"}).json()["row"]["id"]
        token = page.post("/alerts/bulk", body).json()["token"]
        yield from _timed(f"{name}.bulk.{act.name}", runtime, page, f"/alerts/bulk/{token}", records=act.records)
        if act.is_undone:
            yield from _timed(f"{name}.bulk.{act.name}.undo", runtime, page, f"/alerts/bulk/{token}/undo", records=1)
    yield figure(f"{name}.bulk.audit_whole", verify(runtime).is_whole, "chain", bound=1, is_exact=True)


def _timed(name: str, runtime: Runtime, page: Page, path: str, *, records: int) -> Iterator[Figure]:
    before = _records(runtime)
    began, began_cpu = time.perf_counter(), time.process_time()
    answer = page.post(path, {})
    took, took_cpu = time.perf_counter() - began, time.process_time() - began_cpu
    if answer.status_code != 200:
        sys.exit(f"error: {name} answered {answer.status_code}: {answer.text[:200]}")
    yield figure(f"{name}.groups", answer.json()["done"], "groups", bound=GROUPS, is_exact=True)
    yield figure(f"{name}.records", _records(runtime) - before, "records", bound=GROUPS * records, is_exact=True)
    yield figure(f"{name}.wall", took, "s", bound=MOST_SECONDS, is_most=True)
    yield figure(f"{name}.cpu", took_cpu, "s", bound=MOST_SECONDS, is_most=True)


def _records(runtime: Runtime) -> int:
    """Of groups; an incident has its own."""
    with runtime.database.read() as session:
        return session.scalar(select(func.count()).select_from(AuditRow).where(AuditRow.object.like("group/%"))) or 0
