"""The state machines of duty: one declared table, executed by `execute` alone (response design, sections 1, 4 and 7).

Who may do what is said by the part that somebody has in the matter: who gives, who takes, whom it is about, who leads the shift.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.duty.models import DutyHandOver, DutyLeave, DutyOverride, DutySwap
from incident_api.people.person import Actor
from khien.errors import KhienError

Matter = DutySwap | DutyLeave | DutyOverride | DutyHandOver


class Part(StrEnum):
    """What somebody is in a matter. `lead`: may edit the rota and is not the one whom it is about."""

    GIVER = "giver"
    TAKER = "taker"
    PERSON = "person"
    LEAD = "lead"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class Row:
    """One transition. No sources: that is how the matter begins."""

    machine: str
    action: str
    sources: frozenset[str]
    target: str
    parts: frozenset[Part]


def _row(machine: str, action: str, sources: str, target: str, *parts: Part) -> Row:
    return Row(machine, action, frozenset(sources.split()), target, frozenset(parts))


TABLE: tuple[Row, ...] = (
    _row("swap", "offer", "", "offered", Part.GIVER),
    _row("swap", "accept", "offered", "accepted", Part.TAKER),
    _row("swap", "decline", "offered accepted", "declined", Part.TAKER, Part.LEAD),
    _row("swap", "approve", "accepted", "approved", Part.LEAD),
    _row("swap", "withdraw", "offered accepted", "withdrawn", Part.GIVER, Part.JOB),
    _row("leave", "ask", "", "asked", Part.PERSON, Part.LEAD),
    _row("leave", "report_sick", "", "approved", Part.PERSON, Part.LEAD),
    _row("leave", "approve", "asked", "approved", Part.LEAD),
    _row("leave", "refuse", "asked", "refused", Part.LEAD),
    _row("leave", "withdraw", "asked approved", "withdrawn", Part.PERSON, Part.LEAD),
    _row("override", "put", "", "active", Part.LEAD),
    _row("override", "call", "", "asked", Part.JOB, Part.PERSON, Part.LEAD),
    _row("override", "accept", "asked", "active", Part.TAKER),
    _row("override", "decline", "asked", "declined", Part.TAKER),
    _row("override", "lapse", "asked", "lapsed", Part.JOB),
    _row("override", "withdraw", "active asked", "withdrawn", Part.LEAD),
    _row("hand_over", "draft", "", "drafted", Part.GIVER, Part.LEAD),
    _row("hand_over", "sign", "drafted", "drafted", Part.GIVER, Part.TAKER),
    _row("hand_over", "complete", "drafted", "signed", Part.GIVER, Part.TAKER),
    _row("hand_over", "withdraw", "drafted", "withdrawn", Part.GIVER, Part.TAKER, Part.LEAD),
)
_BY_NAME = {(row.machine, row.action): row for row in TABLE}
_MACHINES: dict[type[Matter], str] = {DutySwap: "swap", DutyLeave: "leave", DutyOverride: "override", DutyHandOver: "hand_over"}
#: What the record keeps of each, besides state and version.
_KEPT = {
    "swap": ("giver", "taker", "seat", "start_us", "end_us", "return_seat", "return_start_us", "return_end_us", "place"),
    "leave": ("person", "kind", "start_us", "end_us", "decided_by", "imported_uid"),
    "override": ("seat", "person", "mode", "start_us", "end_us", "leave_id", "answer_due_us"),
    "hand_over": ("giver", "taker", "seat", "at_us", "content_sha256", "signatures"),
}


def execute(  # noqa: PLR0913 - what a record is made of
    session: Session,
    matter: Matter,
    action: str,
    *,
    parts: Collection[Part],
    actor: Actor,
    now_us: int,
    version: int | None = None,
    reason: str | None = None,
    sets: Mapping[str, Any] | None = None,
) -> int:
    """Move the matter, set what comes with it, write the one record; gives its number. Raises `duty.*`, nothing is changed then."""
    machine = _MACHINES[type(matter)]
    row = _BY_NAME[machine, action]
    # None only before the first flush: a new row has no state yet.
    known = getattr(matter, "id", None) is not None
    if version is not None and known and matter.version != version:
        raise KhienError("duty.changed_meanwhile", machine=machine, version=matter.version)
    if known and matter.state not in row.sources:
        raise KhienError("duty.wrong_state", machine=machine, action=action, state=matter.state)
    if not row.parts & set(parts):
        raise KhienError("duty.not_yours", machine=machine, action=action, parts=", ".join(sorted(row.parts)))
    before = _summary(machine, matter) if known else None
    for name, value in (sets or {}).items():
        setattr(matter, name, value)
    matter.state = row.target
    matter.version = matter.version + 1 if known else 1
    session.add(matter)
    session.flush()
    return audit.append(
        session,
        at_us=now_us,
        actor=actor,
        act=f"duty.{machine}.{action}",
        object_name=f"duty/{machine}/{matter.id}",
        before=before,
        after=_summary(machine, matter),
        reason=reason,
    )


def _summary(machine: str, matter: Matter) -> dict[str, Any]:
    return {name: getattr(matter, name) for name in ("state", "version", *_KEPT[machine])}
