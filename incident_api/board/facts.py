"""What the duty board says: counts and clocks, never a word that an attacker or a case could have written.

A wall is read by whoever walks past: no titles, no addresses of machines; and what its reader may not see is not counted.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.alerts.models import GroupLabel, TriageGroup
from incident_api.coordination import words
from incident_api.coordination.organisation import Text
from incident_api.duty import service as duty
from incident_api.health import service as health
from incident_api.health.schemas import Light
from incident_api.incidents.models import Incident, Obligation
from incident_api.incidents.visibility import visible_to
from incident_api.ledger.models import LedgerRow
from incident_api.people.person import Person
from incident_api.people.rights import Right
from incident_api.people.schemas import DutyShift
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.clock import MICROSECONDS

#: As many deadlines as can be read from four metres.
MOST_DEADLINES = 5
_LATE_US, _SILENT_US = 60 * MICROSECONDS, 300 * MICROSECONDS
_WAITING = ("new", "taken")
_OWED = ("pending", "overdue", "sent")


@dataclass(frozen=True, slots=True)
class Severity:
    """Open alert groups of one severity; `late`: nobody has taken them in time."""

    level: str
    open: int
    unattended: int
    late: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """One obligation that is owed."""

    incident: str
    code: str
    to: Text
    due_us: int


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The oldest of the broken ones, the nearest of the others, and how many there are."""

    broken: int
    waiting: int
    listed: tuple[Deadline, ...]


@dataclass(frozen=True, slots=True)
class Lamp:
    """A light and its words."""

    light: Light
    text: Text


@dataclass(frozen=True, slots=True)
class Board:
    """None: its reader may not see this part, and the page says nothing of it."""

    at_us: int
    city: Text
    severities: tuple[Severity, ...] | None
    deadlines: Deadlines | None
    duty: tuple[DutyShift, ...]
    following: tuple[DutyShift, ...]
    lamps: tuple[Lamp, ...] | None


def collect(runtime: Runtime, *, person: Person) -> Board:
    """The board as this person may see it."""
    now = runtime.clock.now_us()
    with runtime.database.read() as session:
        severities = _severities(session, person, now_us=now) if Right.ALERTS_READ in person.rights else None
        deadlines = _deadlines(runtime, session, person, now_us=now) if Right.INCIDENTS_READ in person.rights else None
        parts = _parts(session, now_us=now)
    on = duty.at(runtime, at_us=now)
    sees_parts = Right.LEDGER_READ in person.rights
    city = runtime.organisation.name
    return Board(
        at_us=now,
        city=Text(vi=city.vi, en=city.en),
        severities=severities,
        deadlines=deadlines,
        duty=tuple(each for each in on.now if each.priority == 1),
        following=tuple(on.next),
        lamps=(*_checks(runtime), *parts) if sees_parts else None,
    )


def _severities(session: Session, person: Person, *, now_us: int) -> tuple[Severity, ...]:
    waiting = (TriageGroup.is_open, TriageGroup.dataset_kind == "live", TriageGroup.state.in_(_WAITING))
    query = (
        select(
            TriageGroup.severity,
            func.count(),
            func.count().filter(TriageGroup.is_unattended),
            func.count().filter(TriageGroup.state == "new", TriageGroup.acknowledge_due_us < now_us),
        )
        .where(*waiting)
        .group_by(TriageGroup.severity)
    )
    units = person.visible_units
    if units is not None:
        ours = select(GroupLabel.group_id).where(GroupLabel.kind == "unit", GroupLabel.value.in_(units))
        query = query.where(TriageGroup.id.in_(ours))
    found = {int(row[0]): row for row in session.execute(query)}
    listed = []
    for level in reversed(Level):
        row = found.get(level.severity)
        listed.append(Severity(level.value, *((row[1], row[2], row[3]) if row is not None else (0, 0, 0))))
    return tuple(listed)


def _deadlines(runtime: Runtime, session: Session, person: Person, *, now_us: int) -> Deadlines:
    owed = (Obligation.state.in_(_OWED), Incident.dataset_kind == "live", visible_to(person))
    query = select(Obligation).join(Incident, Incident.id == Obligation.incident_id).where(*owed)
    counts = select(func.count(), func.count().filter(Obligation.due_us < now_us)).join(
        Incident, Incident.id == Obligation.incident_id
    )
    count, broken = session.execute(counts.where(*owed)).one()
    rows = session.scalars(query.order_by(Obligation.due_us, Obligation.id).limit(MOST_DEADLINES)).all()
    policy = runtime.policy.policy if rows else None
    listed = tuple(
        Deadline(row.incident_id, row.code, words.recipient(policy, row.recipient), row.due_us)
        for row in rows
        if policy is not None
    )
    return Deadlines(broken=broken, waiting=count - broken, listed=listed)


def _parts(session: Session, *, now_us: int) -> tuple[Lamp, ...]:
    """What counts events, and what each sensor lost, as it last said."""
    found: list[Lamp] = []
    for row in session.scalars(select(LedgerRow).order_by(LedgerRow.component)):
        age = now_us - row.received_us
        light: Light = "down" if age >= _SILENT_US else "degraded" if age >= _LATE_US else "ok"
        minutes = age // (60 * MICROSECONDS)
        vi = f"{row.component}: đang gửi số liệu" if light == "ok" else f"{row.component}: im lặng {minutes} phút"
        en = f"{row.component}: sends its counts" if light == "ok" else f"{row.component}: silent for {minutes} min"
        found.append(Lamp(light, Text(vi=vi, en=en)))
        found += _sensors(row)
    return tuple(found)


def _sensors(row: LedgerRow) -> list[Lamp]:
    """A sensor's streams together: what it gave up by itself is said."""
    lost: dict[str, int] = {}
    streams = row.document.get("streams", ())
    for stream in streams if isinstance(streams, list) else ():
        if isinstance(stream, dict) and stream.get("dataset") == "live":
            name = str(stream.get("sensor"))[:40]
            lost[name] = lost.get(name, 0) + int(stream.get("dropped") or 0)
    return [
        Lamp("degraded", Text(vi=f"Cảm biến {name}: đã mất {count} sự kiện", en=f"Sensor {name}: {count} events lost"))
        if count
        else Lamp("ok", Text(vi=f"Cảm biến {name}: không mất sự kiện", en=f"Sensor {name}: nothing lost"))
        for name, count in sorted(lost.items())
    ]


def _checks(runtime: Runtime) -> tuple[Lamp, ...]:
    return tuple(Lamp(each.light, Text(vi=each.text.vi, en=each.text.en)) for each in health.current(runtime).checks)
