"""What has served its time goes, and a legal hold beats every deletion."""

from __future__ import annotations

from sqlalchemy import func, select, update

from incident_api.alerts.models import IdempotentAnswer, TriageGroup
from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.database import Base
from incident_api.escalation.models import EscalationRun
from incident_api.jobs import retention
from incident_api.notifications.models import NoticeRow
from incident_api.runtime import Runtime
from incident_api.sessions.models import SessionRow
from khien.clock import ManualClock
from tests.incident_api.city import Page, alert, post

DAY = 86_400


def counted(runtime: Runtime, now_us: int) -> dict[str, int]:
    line = retention.run(runtime, now_us)
    return {name: int(count) for name, _, count in (part.partition("=") for part in line.split())}


def test_sessions_and_retried_requests_end(runtime: Runtime, clock: ManualClock) -> None:
    page = Page(runtime, "irt.shift_lead.2")
    page.post("/incidents", {"title": "Sự cố thử", "assets": ["dvc"]}, key="12345678")
    assert counted(runtime, clock.us)["sessions"] == counted(runtime, clock.us)["requests"] == 0
    clock.advance(seconds=DAY / 2)
    assert counted(runtime, clock.us)["sessions"] == 1
    clock.advance(seconds=DAY / 2)
    assert counted(runtime, clock.us)["requests"] == 1
    with runtime.database.read() as session:
        for table in (SessionRow, IdempotentAnswer):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    assert verify(runtime).is_whole


def test_notices_of_alerts_go_after_the_months_of_the_rules_unless_they_are_held(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, *(alert(number, rule=f"rule-{number}") for number in range(3)))
    with runtime.database.read() as session:
        groups = list(session.scalars(select(TriageGroup.id).order_by(TriageGroup.id)))
    page = Page(runtime, "irt.shift_lead.2")
    for group, flags in ((groups[0], []), (groups[1], ["crime"])):
        body = {"title": "Sự cố thử", "assets": ["dvc"], "groups": [group], "flags": flags}
        assert page.post("/incidents", body).status_code == 201
    with runtime.database.write() as session:
        session.execute(update(NoticeRow).values(ended_us=clock.us))
        kept = session.scalar(select(func.count()).where(NoticeRow.subject == f"group/{groups[1]}"))
        others = session.scalar(select(func.count()).where(NoticeRow.subject.startswith("group/"))) or 0
    assert counted(runtime, clock.us + 360 * DAY * 1_000_000)["notices"] == 0
    assert counted(runtime, clock.us + 373 * DAY * 1_000_000)["notices"] == others - (kept or 0) > 0
    with runtime.database.read() as session:
        left = set(session.scalars(select(NoticeRow.subject).where(NoticeRow.subject.startswith("group/"))))
    assert left == {f"group/{groups[1]}"}


def test_closed_alerts_go_after_the_months_of_the_rules_unless_an_incident_ever_had_them(
    runtime: Runtime, clock: ManualClock
) -> None:
    post(runtime, *(alert(number, rule=f"rule-{number}") for number in range(4)))
    page = Page(runtime, "irt.shift_lead.2")
    with runtime.database.read() as session:
        groups = {str(row.rule_id): str(row.id) for row in session.scalars(select(TriageGroup))}
    gone, taken_out, working, young = (groups[rule] for rule in sorted(groups))
    assert page.post(f"/groups/{gone}/note", {"text": "đã xem"}).status_code == 200
    incident = page.post("/incidents", {"title": "Sự cố thử", "assets": ["dvc"], "groups": [taken_out]}).json()["row"]["id"]
    version = page.get(f"/groups/{taken_out}").json()["row"]["version"]
    answer = page.post(f"/groups/{taken_out}/unlink", {"version": version, "reason": "nhầm"})
    assert answer.status_code == 200, (incident, answer.text)
    for group in (gone, taken_out):
        version = page.get(f"/groups/{group}").json()["row"]["version"]
        body = {"version": version, "verdict": "true", "note": "đã xử lý"}
        assert page.post(f"/groups/{group}/close", body).status_code == 200
    year = clock.us + 373 * DAY * 1_000_000
    with runtime.database.write() as session:
        session.execute(update(TriageGroup).where(TriageGroup.id == young).values(state="closed", closed_us=year))

    assert counted(runtime, clock.us + 360 * DAY * 1_000_000)["groups"] == 0
    assert counted(runtime, year)["groups"] == 1
    assert counted(runtime, year)["groups"] == 0

    with runtime.database.read() as session:
        assert set(session.scalars(select(TriageGroup.id))) == {taken_out, working, young}
        for table in Base.metadata.sorted_tables:
            if "group_id" in table.c:
                assert gone not in set(session.scalars(select(table.c.group_id))), table.name
        assert session.scalar(select(func.count()).where(EscalationRun.subject == f"group/{gone}")) == 0
        record = session.scalars(select(AuditRow).where(AuditRow.act == "retention.delete")).one()
        assert record.before == {"groups": [gone]}
    assert verify(runtime).is_whole


def test_no_table_that_hangs_on_groups_deeper_than_the_deletion_looks() -> None:
    """A table below those that name a group is deleted with it; one below these would stop the job."""
    groups = Base.metadata.tables["triage_groups"]
    first = {table for table in Base.metadata.sorted_tables for key in table.foreign_keys if key.column.table is groups}
    second = {table for table in Base.metadata.sorted_tables for key in table.foreign_keys if key.column.table in first} - first
    third = {table.name for table in Base.metadata.sorted_tables for key in table.foreign_keys if key.column.table in second}
    assert third == set()
