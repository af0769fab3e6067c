"""What has served its time goes; a legal hold beats every deletion (coordination design, section 10).

Deleted today: sessions that ended, failed log-ins and retried requests of yesterday, previewed bulk acts, rows of the live stream
beyond its length, and notices about alerts after the months that the rules keep security logs. Notices of an incident, incidents,
alerts and the audit log are not deleted by anything yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, String, delete, exists, literal, or_, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import InstrumentedAttribute

from incident_api.alerts.models import BulkToken, IdempotentAnswer
from incident_api.coordination.case import Severity
from incident_api.http.idempotent import KEEP_US
from incident_api.incidents.models import Incident, IncidentLink, IncidentUnit
from incident_api.notifications.models import NoticeRow
from incident_api.runtime import Runtime
from incident_api.sessions.models import LogInFailures, SessionRow
from incident_api.sessions.service import ABSOLUTE_SECONDS
from incident_api.stream import service as stream
from incident_api.stream.models import StreamRow
from khien.clock import MICROSECONDS

Column = InstrumentedAttribute[str] | InstrumentedAttribute[int]

#: Rows of one transaction.
_AT_ONCE = 1000
_DAY_US = 86_400 * MICROSECONDS
#: A month of the rules: never shorter than a calendar month.
_MONTH_US = 31 * _DAY_US


def run(runtime: Runtime, now_us: int) -> str:
    """Delete what is over; gives how many of each."""
    counted: dict[str, int] = {}
    for name, column, where in _over(runtime, now_us=now_us):
        counted[name] = _delete(runtime, column, where)
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
