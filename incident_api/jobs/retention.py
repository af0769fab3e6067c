"""What has served its time goes; a legal hold beats every deletion (coordination design, section 10).

Deleted: sessions that ended, failed log-ins and retried requests of yesterday, previewed bulk acts, rows of the live stream
beyond its length; and, after the months that the rules keep security logs, notices about alerts and alert groups that are closed
and were never part of an incident, each batch with one record of the audit log. Putting a group into an incident is what holds it.

Incidents, what belongs to them, and the audit log are deleted by nothing: the rules say how long they must be kept, no rule says
that they must go, and the chain of the audit log is whole or it proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, String, Table, delete, exists, literal, or_, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import InstrumentedAttribute, Session

from incident_api.alerts.models import BulkToken, IdempotentAnswer, TriageGroup
from incident_api.alerts.states import State
from incident_api.audit import service as audit
from incident_api.coordination.case import Severity
from incident_api.database import Base
from incident_api.escalation.models import EscalationRun
from incident_api.http.idempotent import KEEP_US
from incident_api.incidents.models import Incident, IncidentLink, IncidentUnit
from incident_api.notifications.models import NoticeRow
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from incident_api.sessions.models import LogInFailures, SessionRow
from incident_api.sessions.service import ABSOLUTE_SECONDS
from incident_api.stream import service as stream
from incident_api.stream.models import StreamRow
from khien.clock import MICROSECONDS

Column = InstrumentedAttribute[str] | InstrumentedAttribute[int]

#: Rows of one transaction.
_AT_ONCE = 1000
#: Groups of one transaction; each brings its alerts, notes and steps.
_GROUPS_AT_ONCE = 200
_DAY_US = 86_400 * MICROSECONDS
#: A month of the rules: never shorter than a calendar month.
_MONTH_US = 31 * _DAY_US


def run(runtime: Runtime, now_us: int) -> str:
    """Delete what is over; gives how many of each."""
    counted: dict[str, int] = {}
    for name, column, where in _over(runtime, now_us=now_us):
        counted[name] = _delete(runtime, column, where)
    counted["groups"] = _delete_groups(runtime, now_us=now_us)
    return " ".join(f"{name}={count}" for name, count in counted.items())


def held_groups() -> ColumnElement[bool]:
    """Whether a notice is about an alert under legal hold: linked, now or once, to an incident of M1, M2 or a crime."""
    crime = exists().where(
        IncidentUnit.incident_id == IncidentLink.incident_id, IncidentUnit.kind == "flag", IncidentUnit.value == "crime"
    )
    return exists().where(
        NoticeRow.subject == literal("group/") + sql_cast(IncidentLink.group_id, String(16)),
        Incident.id == IncidentLink.incident_id,
        or_(Incident.highest.in_((Severity.M1.value, Severity.M2.value)), crime),
    )


def _over(runtime: Runtime, *, now_us: int) -> Iterator[tuple[str, Column, ColumnElement[bool]]]:
    yield "sessions", SessionRow.token_sha256, SessionRow.created_us <= now_us - ABSOLUTE_SECONDS * MICROSECONDS
    yield "log_ins", LogInFailures.subject, LogInFailures.last_us <= now_us - _DAY_US
    yield "requests", IdempotentAnswer.key, IdempotentAnswer.at_us <= now_us - KEEP_US
    yield "bulk", BulkToken.token, BulkToken.at_us <= now_us - _DAY_US
    with runtime.database.read() as session:
        newest = stream.last_seq(session)
    yield "stream", StreamRow.seq, StreamRow.seq <= newest - runtime.settings.stream_rows
    months = runtime.policy.policy.periodic.retention["security_logs"].months
    old = NoticeRow.ended_us <= now_us - months * _MONTH_US
    yield "notices", NoticeRow.id, old & NoticeRow.subject.startswith("group/") & ~held_groups()


def _delete(runtime: Runtime, column: Column, where: ColumnElement[bool]) -> int:
    """In pieces, so that nobody waits long behind a deletion."""
    total = 0
    while True:
        with runtime.database.write() as session:
            some = select(column).where(where).limit(_AT_ONCE)
            statement = delete(column.class_).where(column.in_(some), where).returning(column)
            gone = len(session.execute(statement.execution_options(synchronize_session=False)).all())
        total += gone
        if gone < _AT_ONCE:
            return total


def _delete_groups(runtime: Runtime, *, now_us: int) -> int:
    """Closed groups that were never part of an incident, with everything that is theirs alone."""
    months = runtime.policy.policy.periodic.retention["security_logs"].months
    over = (
        (TriageGroup.state == State.CLOSED)
        & (TriageGroup.closed_us <= now_us - months * _MONTH_US)
        & ~exists().where(IncidentLink.group_id == TriageGroup.id)
    )
    total = 0
    while True:
        with runtime.database.write() as session:
            ids = list(session.scalars(select(TriageGroup.id).where(over).order_by(TriageGroup.id).limit(_GROUPS_AT_ONCE)))
            if ids:
                _delete_whole(session, ids)
                audit.append(
                    session,
                    at_us=now_us,
                    actor=Actor.job("retention"),
                    act="retention.delete",
                    object_name="alerts",
                    before={"groups": ids},
                    after=None,
                    reason=f"security_logs {months} months",
                )
        total += len(ids)
        if len(ids) < _GROUPS_AT_ONCE:
            return total


def _delete_whole(session: Session, ids: list[str]) -> None:
    """The rows of these groups in every table that hangs on them, whatever tables there will be; the groups last."""
    groups = Base.metadata.tables[TriageGroup.__tablename__]
    for table in reversed(Base.metadata.sorted_tables):
        for condition in _belongs(table, groups, ids):
            session.execute(delete(table).where(condition))
    subjects = [f"group/{group_id}" for group_id in ids]
    session.execute(delete(EscalationRun).where(EscalationRun.subject.in_(subjects)))
    session.execute(delete(groups).where(groups.c.id.in_(ids)))


def _belongs(table: Table, groups: Table, ids: list[str]) -> Iterator[ColumnElement[bool]]:
    """What makes a row of the table belong to these groups: it names one of them, or a row that does."""
    for key in table.foreign_keys:
        if key.column.table is groups:
            yield key.parent.in_(ids)
            continue
        for above in key.column.table.foreign_keys:
            if above.column.table is groups:
                yield key.parent.in_(select(key.column).where(above.parent.in_(ids)))
