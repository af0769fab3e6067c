"""Tables of the work inside a case. Rows are added and ended, never deleted; what a person wrote is never edited."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base, Sequence64


class Comment(Base):
    """What a person wrote about an incident or a triage group; a mistake is withdrawn with a reason, not edited."""

    __tablename__ = "comments"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"))
    group_id: Mapped[str | None] = mapped_column(ForeignKey("triage_groups.id"))
    author: Mapped[str] = mapped_column(ForeignKey("people.id"))
    at_us: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(Text)
    tlp: Mapped[str] = mapped_column(String(16))
    mentions: Mapped[list[str]] = mapped_column(JSON)
    withdrawn_us: Mapped[int | None] = mapped_column(BigInteger)
    withdrawn_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("(incident_id IS NULL) <> (group_id IS NULL)", name="comment_of_one_thing"),
        Index("comments_of_incident", "incident_id", "id"),
        Index("comments_of_group", "group_id", "id"),
    )


class Task(Base):
    """Something that one person does for an incident until a time."""

    __tablename__ = "tasks"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    title: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    assignee: Mapped[str] = mapped_column(ForeignKey("people.id"))
    due_us: Mapped[int] = mapped_column(BigInteger)
    made_us: Mapped[int] = mapped_column(BigInteger)
    made_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    ended_us: Mapped[int | None] = mapped_column(BigInteger)
    #: The due time of which the assignee was told; another due time is told anew.
    told_due_us: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        Index("tasks_of_incident", "incident_id", "state", "id"),
        Index("tasks_of_assignee", "assignee", "state", "due_us", "id"),
        Index("tasks_due", "state", "due_us", "id"),
    )


class Countermeasure(Base):
    """Something that is done against an attack and lifted again: a block, an isolation, an account that is closed."""

    __tablename__ = "countermeasures"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    kind: Mapped[str] = mapped_column(String(24))
    target: Mapped[str] = mapped_column(Text)
    asset: Mapped[str | None] = mapped_column(String(63))
    level: Mapped[int] = mapped_column(Integer)
    why: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    proposed_us: Mapped[int] = mapped_column(BigInteger)
    proposed_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    approved_us: Mapped[int | None] = mapped_column(BigInteger)
    active_us: Mapped[int | None] = mapped_column(BigInteger)
    ended_us: Mapped[int | None] = mapped_column(BigInteger)
    #: Whoever approves says when it is looked at again, within 30 days.
    review_us: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        Index("countermeasures_of_incident", "incident_id", "id"),
        Index("countermeasures_to_review", "state", "review_us", "id"),
    )


class WorkTransition(Base):
    """A change of state of a task or a countermeasure that happened, with what the table asked for."""

    __tablename__ = "work_transitions"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    machine: Mapped[str] = mapped_column(String(16))
    object_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str] = mapped_column(String(4))
    action: Mapped[str] = mapped_column(String(12))
    from_state: Mapped[str | None] = mapped_column(String(12))
    to_state: Mapped[str] = mapped_column(String(12))
    at_us: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(128))
    capacity: Mapped[str | None] = mapped_column(String(16))
    second: Mapped[str | None] = mapped_column(String(128))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(Integer)
    audit_seq: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        UniqueConstraint("machine", "object_id", "version"),
        Index("work_transitions_of_incident", "incident_id", "id"),
    )


class Observable(Base):
    """Something to recognise an attack by, once per incident; `is_internal`: the city's own, by its inventory."""

    __tablename__ = "observables"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    kind: Mapped[str] = mapped_column(String(12))
    value: Mapped[str] = mapped_column(String(2048))
    #: SHA-256 of kind and value: the key of an index must be short.
    digest: Mapped[str] = mapped_column(String(64))
    is_internal: Mapped[bool] = mapped_column(Boolean)
    tlp: Mapped[str] = mapped_column(String(16))
    first_us: Mapped[int] = mapped_column(BigInteger)
    #: Somebody said that it is none: it stays, and counts for nothing.
    dismissed_us: Mapped[int | None] = mapped_column(BigInteger)
    dismissed_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    dismissed_reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint("incident_id", "digest"),
        Index("observables_by_value", "digest", "incident_id"),
        Index("observables_in_order", "incident_id", "id"),
    )


class Sighting(Base):
    """Where an observable was seen: `title`, `comment/12`, `group/…`, `person/…` (by hand)."""

    __tablename__ = "observable_sightings"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    observable_id: Mapped[int] = mapped_column(ForeignKey("observables.id"))
    reference: Mapped[str] = mapped_column(String(160))
    at_us: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("observable_id", "reference"),)


class ObservablesLeftOut(Base):
    """How many observables of an incident were not kept because it has too many."""

    __tablename__ = "observables_left_out"

    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
