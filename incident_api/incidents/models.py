"""Tables of incidents: the case, its links, revisions, transitions and obligations, and the acts of two parties."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base, Sequence64

#: Numbers in a year, so that year and number are one number that sorts.
A_YEAR = 10**8


def ordinal_of(incident_id: str) -> int:
    """The number of `SC-2026-0001`."""
    _, year, number = incident_id.split("-")
    return int(year) * A_YEAR + int(number)


class Incident(Base):
    """One case. `policy_sha256` is pinned at opening; times are microseconds since 1970 (UTC)."""

    __tablename__ = "incidents"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    #: Year and number of the id as one number: lists are in this order, also beyond 9,999 incidents in a year.
    ordinal: Mapped[int] = mapped_column(BigInteger)
    dataset: Mapped[str] = mapped_column(String(80))
    dataset_kind: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    state_before_merge: Mapped[str | None] = mapped_column(String(12))
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"))
    type: Mapped[str | None] = mapped_column(String(63))
    tags: Mapped[list[str]] = mapped_column(JSON)
    category: Mapped[str | None] = mapped_column(String(2))
    severity: Mapped[str | None] = mapped_column(String(2))
    highest: Mapped[str | None] = mapped_column(String(2))
    assessment: Mapped[dict[str, Any]] = mapped_column(JSON)
    lead: Mapped[str] = mapped_column(String(16))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    flags: Mapped[list[str]] = mapped_column(JSON)
    assets: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    units: Mapped[list[str]] = mapped_column(JSON)
    operators: Mapped[list[str]] = mapped_column(JSON)
    clocks: Mapped[dict[str, Any]] = mapped_column(JSON)
    occurred_us: Mapped[int | None] = mapped_column(BigInteger)
    detected_us: Mapped[int] = mapped_column(BigInteger)
    personal_data_us: Mapped[int | None] = mapped_column(BigInteger)
    recovered_us: Mapped[int | None] = mapped_column(BigInteger)
    opened_us: Mapped[int] = mapped_column(BigInteger)
    closed_us: Mapped[int | None] = mapped_column(BigInteger)
    is_owing: Mapped[bool] = mapped_column(Boolean)
    reopened: Mapped[int] = mapped_column(Integer)
    assignee: Mapped[str] = mapped_column(ForeignKey("people.id"))
    opened_by: Mapped[str] = mapped_column(String(128))
    tlp: Mapped[str] = mapped_column(String(16))
    pap: Mapped[str] = mapped_column(String(8))
    policy_sha256: Mapped[str] = mapped_column(ForeignKey("policies.sha256"))
    version: Mapped[int] = mapped_column(Integer)
    stream_seq: Mapped[int] = mapped_column(BigInteger)
    search_text: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index("incidents_by_severity", "dataset_kind", "state", "severity", "opened_us", "id"),
        Index("incidents_of_assignee", "assignee", "state"),
        Index("incidents_in_order", "ordinal", unique=True),
        Index("merged_incidents", "merged_into"),
    )


class IncidentUnit(Base):
    """For whom an incident exists: `unit` (owner or affected), `operator`, `flag`."""

    __tablename__ = "incident_units"

    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    value: Mapped[str] = mapped_column(String(63), primary_key=True)

    __table_args__ = (Index("incident_units_by_value", "kind", "value", "incident_id"),)


class IncidentLink(Base):
    """A triage group that belongs to an incident; never copied, and given back as it was."""

    __tablename__ = "incident_links"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    group_id: Mapped[str] = mapped_column(ForeignKey("triage_groups.id"))
    linked_us: Mapped[int] = mapped_column(BigInteger)
    linked_by: Mapped[str] = mapped_column(String(128))
    unlinked_us: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        Index(
            "one_incident_of_a_group",
            "group_id",
            unique=True,
            sqlite_where=text("unlinked_us IS NULL"),
            postgresql_where=text("unlinked_us IS NULL"),
        ),
        Index("links_of_incident", "incident_id", "id"),
    )


class IncidentRevision(Base):
    """What was known at a time: facts, flags and class, numbered from 1; nothing is overwritten."""

    __tablename__ = "incident_revisions"

    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    at_us: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(128))
    severity: Mapped[str | None] = mapped_column(String(2))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    flags: Mapped[list[str]] = mapped_column(JSON)
    assessment: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str | None] = mapped_column(Text)


class IncidentMerge(Base):
    """One incident that was merged into another: a row with its beginning and its end, never a copy.

    `before` is how the class and the obligations of the target stood; taking the merge back gives it again. `revisions`: those
    of the target that the merge and its end wrote.
    """

    __tablename__ = "incident_merges"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    target_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    linked_us: Mapped[int] = mapped_column(BigInteger)
    linked_by: Mapped[str] = mapped_column(String(128))
    reason: Mapped[str] = mapped_column(Text)
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    revisions: Mapped[list[int]] = mapped_column(JSON)
    unlinked_us: Mapped[int | None] = mapped_column(BigInteger)
    unlinked_by: Mapped[str | None] = mapped_column(String(128))
    unlink_reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index(
            "merged_into_one",
            "source_id",
            unique=True,
            sqlite_where=text("unlinked_us IS NULL"),
            postgresql_where=text("unlinked_us IS NULL"),
        ),
        Index("merges_of_target", "target_id", "id"),
    )


class IncidentBulk(Base):
    """A previewed assignment of many incidents: exactly these in these versions."""

    __tablename__ = "incident_bulks"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(String(128))
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    targets: Mapped[list[list[Any]]] = mapped_column(JSON)
    at_us: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str | None] = mapped_column(Text)


class IncidentTransition(Base):
    """A change of state that happened, with what the table asked for."""

    __tablename__ = "incident_transitions"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
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

    __table_args__ = (UniqueConstraint("incident_id", "version"), Index("transitions_of_incident", "incident_id", "id"))


class Obligation(Base):
    """One duty to tell one recipient once. Never deleted: fulfilled, fulfilled late, waived by two, or cancelled."""

    __tablename__ = "obligations"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    code: Mapped[str] = mapped_column(String(4))
    recipient: Mapped[str] = mapped_column(String(80))
    occurrence: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(12))
    start_us: Mapped[int] = mapped_column(BigInteger)
    due_us: Mapped[int] = mapped_column(BigInteger)
    made_us: Mapped[int] = mapped_column(BigInteger)
    born_overdue: Mapped[bool] = mapped_column(Boolean)
    sent_us: Mapped[int | None] = mapped_column(BigInteger)
    sent_to: Mapped[str | None] = mapped_column(Text)
    #: No approver answered: the duty officer may send. What one sent then is approved by this time, and was by this person.
    immediate_us: Mapped[int | None] = mapped_column(BigInteger)
    approve_by_us: Mapped[int | None] = mapped_column(BigInteger)
    approved_us: Mapped[int | None] = mapped_column(BigInteger)
    approved_by: Mapped[str | None] = mapped_column(String(128))
    ended_us: Mapped[int | None] = mapped_column(BigInteger)
    receipt: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        UniqueConstraint("incident_id", "code", "recipient", "occurrence"),
        Index("obligations_due", "state", "due_us"),
    )


class Approval(Base):
    """An act that waits for its second party; it carries out exactly what was asked for, or nothing."""

    __tablename__ = "approvals"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    act: Mapped[str] = mapped_column(String(32))
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    subject: Mapped[str] = mapped_column(String(80))
    asked: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12))
    asked_us: Mapped[int] = mapped_column(BigInteger)
    expires_us: Mapped[int] = mapped_column(BigInteger)
    first: Mapped[str] = mapped_column(String(128))
    first_home: Mapped[str] = mapped_column(String(63))
    second: Mapped[str | None] = mapped_column(String(128))
    second_home: Mapped[str | None] = mapped_column(String(63))
    ended_us: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        Index(
            "one_approval_at_a_time",
            "incident_id",
            "act",
            "subject",
            unique=True,
            sqlite_where=text("state = 'half'"),
            postgresql_where=text("state = 'half'"),
        ),
    )
