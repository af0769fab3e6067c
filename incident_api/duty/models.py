"""Tables of duty: the versions of the rota, what people change of it, its final shifts, hand-overs and feeds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base, Sequence64


class DutyState(Base):
    """The one row that says which rota is in force. `revision` counts every change; `frozen_us`: up to when the past is stored.

    `file_sha256` is the rota of the organisation's folder that was last looked at, taken over or refused.
    """

    __tablename__ = "duty_state"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigInteger)
    changed_us: Mapped[int] = mapped_column(BigInteger)
    rota_id: Mapped[int] = mapped_column(ForeignKey("rota_versions.id"))
    file_sha256: Mapped[str] = mapped_column(String(64))
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    frozen_from_us: Mapped[int] = mapped_column(BigInteger)
    frozen_us: Mapped[int] = mapped_column(BigInteger)


class RotaVersion(Base):
    """A rota as it was taken over."""

    __tablename__ = "rota_versions"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    version: Mapped[str] = mapped_column(String(63))
    sha256: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    from_us: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(128))


class DutyShiftRow(Base):
    """A shift of the final rota. What had begun by `duty_state.frozen_us` only ever ends earlier; what comes later is made anew."""

    __tablename__ = "duty_shifts"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    seat: Mapped[str] = mapped_column(String(63))
    layer: Mapped[str] = mapped_column(String(63))
    person: Mapped[str] = mapped_column(String(128))
    role: Mapped[str] = mapped_column(String(63))
    priority: Mapped[int] = mapped_column(Integer)
    presence: Mapped[str] = mapped_column(String(8))
    start_us: Mapped[int] = mapped_column(BigInteger)
    end_us: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(8))
    reference: Mapped[str] = mapped_column(String(32))

    __table_args__ = (Index("duty_shifts_by_time", "start_us", "end_us"),)


class DutyOverride(Base):
    """Somebody has a seat for a while. `mode`: in the place of whoever has it, or besides. `leave_id`: for a sick person."""

    __tablename__ = "duty_overrides"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    seat: Mapped[str] = mapped_column(String(63))
    person: Mapped[str] = mapped_column(String(128))
    mode: Mapped[str] = mapped_column(String(8))
    start_us: Mapped[int] = mapped_column(BigInteger)
    end_us: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    made_by: Mapped[str] = mapped_column(String(128))
    made_us: Mapped[int] = mapped_column(BigInteger)
    leave_id: Mapped[int | None] = mapped_column(ForeignKey("duty_leave.id"))
    answer_due_us: Mapped[int | None] = mapped_column(BigInteger)
    explanation: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (Index("duty_overrides_by_state", "state", "end_us"),)


class DutySwap(Base):
    """One gives a shift, the other takes it, and gives one in return if that was agreed."""

    __tablename__ = "duty_swaps"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    giver: Mapped[str] = mapped_column(String(128))
    taker: Mapped[str] = mapped_column(String(128))
    seat: Mapped[str] = mapped_column(String(63))
    start_us: Mapped[int] = mapped_column(BigInteger)
    end_us: Mapped[int] = mapped_column(BigInteger)
    return_seat: Mapped[str | None] = mapped_column(String(63))
    return_start_us: Mapped[int | None] = mapped_column(BigInteger)
    return_end_us: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    offered_us: Mapped[int] = mapped_column(BigInteger)
    accepted_us: Mapped[int | None] = mapped_column(BigInteger)
    decided_us: Mapped[int | None] = mapped_column(BigInteger)
    decided_by: Mapped[str | None] = mapped_column(String(128))
    #: The order in which approved swaps take effect.
    place: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (Index("duty_swaps_by_state", "state", "end_us"),)


class DutyLeave(Base):
    """Leave, training or sickness. A sick note counts at once; leave and training when they are approved."""

    __tablename__ = "duty_leave"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    person: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(8))
    start_us: Mapped[int] = mapped_column(BigInteger)
    end_us: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    asked_by: Mapped[str] = mapped_column(String(128))
    asked_us: Mapped[int] = mapped_column(BigInteger)
    decided_by: Mapped[str | None] = mapped_column(String(128))
    decided_us: Mapped[int | None] = mapped_column(BigInteger)
    #: Of a calendar file: what names the occurrence, so that a second import finds it.
    imported_uid: Mapped[str | None] = mapped_column(String(64), unique=True)
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (Index("duty_leave_by_state", "state", "end_us"),)


class DutyHandOver(Base):
    """A shift handed over: what was open, both signatures over the same hash."""

    __tablename__ = "duty_hand_overs"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    giver: Mapped[str] = mapped_column(String(128))
    taker: Mapped[str] = mapped_column(String(128))
    seat: Mapped[str] = mapped_column(String(63))
    at_us: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(12))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    content_sha256: Mapped[str] = mapped_column(String(64))
    notes: Mapped[str] = mapped_column(Text)
    drafted_us: Mapped[int] = mapped_column(BigInteger)
    signatures: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (Index("duty_hand_overs_by_state", "state", "at_us"),)


class DutyFeed(Base):
    """A calendar address for a person or for everybody's rota; the token itself is shown once and only its hash kept."""

    __tablename__ = "duty_feeds"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    owner: Mapped[str] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str] = mapped_column(String(80))
    made_us: Mapped[int] = mapped_column(BigInteger)
    revoked_us: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(Integer)
