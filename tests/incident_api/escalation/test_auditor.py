"""What watches the deadlines: finds what has no clock or is stuck, mends it on record, and is itself seen when silent."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from incident_api.alerts.models import TriageGroup
from incident_api.audit.models import AuditRow
from incident_api.escalation import auditor
from incident_api.escalation.models import EscalationRun
from incident_api.escalation.ticker import tick
from incident_api.jobs.models import JobRow
from incident_api.notifications.models import NoticeRow
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.clock import ManualClock
from tests.incident_api.city import Page, alert, post
from tests.incident_api.incidents.case import CaseFile

NOTHING = auditor.Findings(0, 0, 0, 0, 0)


def look(runtime: Runtime) -> auditor.Findings:
    with runtime.database.read() as session:
        return auditor.look(session, now_us=runtime.clock.now_us())


def light(runtime: Runtime, name: str) -> str:
    checks = Page(runtime, None).get("/health").json()["checks"]
    return str({each["name"]: each["light"] for each in checks}.get(name, "absent"))


def test_obligations_and_approvals_without_a_clock_get_one_and_it_is_on_record(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime, facts={"data_encrypted": True})
    file.confirm()
    file.act("revise", account="irt.leader", facts={"data_encrypted": None}, reason="không phải mã hóa")
    assert look(runtime) == NOTHING
    with runtime.database.write() as session:
        lost = len(
            session.execute(
                delete(EscalationRun).where(~EscalationRun.subject.startswith("silence/")).returning(EscalationRun.id)
            ).all()
        )
    assert look(runtime).without_clock == lost == 9
    assert light(runtime, "escalation") == "down"
    assert auditor.run(runtime, clock.us).endswith(f"mended={lost}")
    assert look(runtime) == NOTHING
    with runtime.database.read() as session:
        records = session.scalars(select(AuditRow).where(AuditRow.act == "escalation.clock_mended")).all()
    assert len(records) == lost
    # The clock of what was mended is the real one: the 50 % step of IN comes twelve hours after it was detected.
    clock.advance(seconds=12 * 3600)
    tick(runtime)
    with runtime.database.read() as session:
        assert session.scalars(select(NoticeRow.template).where(NoticeRow.subject.startswith("obligation/"))).first()


def test_an_alert_without_a_clock_and_a_step_nobody_takes_are_found(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, alert(1, level=Level.CRITICAL), alert(2, rule="b", level=Level.CRITICAL))
    assert look(runtime) == NOTHING
    clock.advance(seconds=5 * 60 + 121)
    assert look(runtime).late_steps == 2
    with runtime.database.write() as session:
        group = session.scalars(select(TriageGroup.id).limit(1)).one()
        session.execute(delete(EscalationRun).where(EscalationRun.subject == f"group/{group}"))
    assert (look(runtime).without_clock, look(runtime).late_steps) == (1, 1)


def test_a_claim_that_expired_and_a_notice_nobody_sends_are_found(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, alert(1, level=Level.CRITICAL))
    tick(runtime)
    with runtime.database.write() as session:
        session.execute(update(NoticeRow).values(state="queued", next_at_us=clock.us))
        session.add(
            JobRow(
                kind="work", subject="", state="running", due_us=clock.us, attempt=0, fence=1,
                claimed_until_us=clock.us, version=1, runs=0, failures=0,
            )
        )  # fmt: skip
    clock.advance(seconds=119)
    assert (look(runtime).expired_claims, look(runtime).stuck_notices) == (0, 0)
    clock.advance(seconds=2)
    found = look(runtime)
    assert found.expired_claims == 1
    assert found.stuck_notices > 0
    assert light(runtime, "outbox") == "degraded"


def test_the_silent_auditor_turns_health_red(runtime: Runtime, clock: ManualClock) -> None:
    """OnCall #724: the auditor silently off."""
    auditor.run(runtime, clock.us)
    assert light(runtime, "auditor") == "ok"
    clock.advance(seconds=300)
    assert light(runtime, "auditor") == "ok"
    clock.advance(seconds=1)
    assert light(runtime, "auditor") == "down"
