"""What detection holds back is told to those who watch, and the tuning journal cannot lose what the audit log has seen."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from sqlalchemy import select

from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.health import service as health
from incident_api.held_back.schemas import PublishHeldBack
from incident_api.held_back.service import publish
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import START_US, Page

HASHES = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(9)]
ENTRY: dict[str, Any] = {
    "id": "T0001", "kind": "exception", "rule_id": "r", "rule_name": "web_scanner", "owner": "lan",
    "reason": "the weekly scan of the IT office", "approved_by": None, "created_us": START_US, "expires_us": START_US + 1,
    "version": 1, "when": [{"item": "source.ip", "values": ["10.1.2.3"]}], "by": [], "window_us": 0, "hidden": 41,
    "in_force": True, "has_rule": True,
}  # fmt: skip
REFUSED: dict[str, Any] = {
    "id": "f" * 32, "refused_by": ["incident_api"], "rule_name": "r", "title": {"vi": "Cảnh báo", "en": "Alert"}, "severity": 4,
    "dataset": "live", "first_us": 1, "last_us": 2, "hits": 3,
}  # fmt: skip


def report(runtime: Runtime, seq: int, *, hashes: list[str] | None = None, sent: int = 1_000) -> None:
    chain = (hashes or HASHES)[:seq]
    body = PublishHeldBack.model_validate(
        {
            "held_back": {
                "journal": {"seq": seq, "head": chain[-1] if chain else "0" * 64, "fault": None},
                "entries": [ENTRY], "entries_omitted": 0, "refused": [REFUSED], "refused_total": 9,
            },
            "chain": chain[-sent:],
        }
    )  # fmt: skip
    publish(runtime, component="correlator", body=body)


def acts(runtime: Runtime) -> list[str]:
    assert verify(runtime).is_whole
    with runtime.database.read() as session:
        found = session.scalars(select(AuditRow).where(AuditRow.object == "tuning/correlator").order_by(AuditRow.seq))
        return [f"{row.act} {row.after['seq'] if row.after else '?'}" for row in found]


def test_officers_read_who_answers_for_what_and_how_much_it_took_away(runtime: Runtime) -> None:
    report(runtime, 1)
    (found,) = Page(runtime, "irt.analyst.2").get("/held-back").json()["components"]
    assert found["component"] == "correlator"
    assert found["report"]["entries"] == [ENTRY]
    assert (found["report"]["refused"], found["report"]["refused_total"]) == ([REFUSED], 9)


def test_a_unit_s_contact_does_not_read_it(runtime: Runtime) -> None:
    assert Page(runtime, None).get("/held-back").status_code == 401
    contact = next(name for name, person in runtime.organisation.people.items() if tuple(person.roles) == ("unit.contact",))
    assert Page(runtime, contact).get("/held-back").status_code == 403


def test_each_step_of_the_journal_is_anchored_once(runtime: Runtime) -> None:
    for seq in (0, 1, 1, 3, 3):
        report(runtime, seq)
    assert acts(runtime) == ["tuning.journal 1", "tuning.journal 3"]


@pytest.mark.parametrize(
    ("seq", "hashes"),
    [(2, None), (0, None), (3, [*HASHES[:2], "a" * 64]), (5, [*HASHES[:2], "a" * 64, *HASHES[3:]])],
    ids=["cut short", "deleted", "last line written anew", "a line before the end written anew"],
)
def test_a_journal_that_lost_what_the_audit_log_knows_is_said_until_it_is_back(
    runtime: Runtime, clock: ManualClock, seq: int, hashes: list[str] | None
) -> None:
    report(runtime, 3)
    clock.advance(seconds=60)
    report(runtime, seq, hashes=hashes)
    report(runtime, seq, hashes=hashes)
    (found,) = Page(runtime, "irt.analyst.2").get("/held-back").json()["components"]
    assert found["rolled_back_us"] == START_US + 60_000_000
    assert acts(runtime) == ["tuning.journal 3", f"tuning.rolled_back {seq}"]
    report(runtime, 4)
    (found,) = Page(runtime, "irt.analyst.2").get("/held-back").json()["components"]
    assert found["rolled_back_us"] is None
    assert acts(runtime)[-1] == "tuning.journal 4"


def test_a_chain_that_is_shorter_than_the_way_back_accuses_nobody(runtime: Runtime) -> None:
    report(runtime, 1)
    report(runtime, 8, sent=3)
    assert acts(runtime) == ["tuning.journal 1", "tuning.journal 8"]


def test_refused_alerts_and_a_cut_journal_turn_a_light_yellow(runtime: Runtime) -> None:
    def light() -> tuple[str, str]:
        check = next(one for one in health.current(runtime).checks if one.name == "held_back")
        return check.light, check.text.en

    assert light() == ("ok", "No alert was refused")
    report(runtime, 3)
    assert light() == ("degraded", "9 alerts refused, 0 tuning journals that cannot be trusted")
    report(runtime, 2)
    assert light() == ("degraded", "9 alerts refused, 1 tuning journals that cannot be trusted")
