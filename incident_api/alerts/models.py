"""Tables of alerts: the triage group that people act on, the alerts in it, and what happened to it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base, Sequence64


class TriageGroup(Base):
    """Alerts of one rule about one thing: the subject of every transition."""

    __tablename__ = "triage_groups"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    dataset: Mapped[str] = mapped_column(String(80))
    dataset_kind: Mapped[str] = mapped_column(String(8))
    triage_key: Mapped[str] = mapped_column(String(64))
    #: It waits in the queue (`QUEUED`).
    is_open: Mapped[bool] = mapped_column(Boolean)
    #: New hits of the same thing join it. A group that was closed, or whose incident has ended, collects no more.
    collects: Mapped[bool] = mapped_column(Boolean, server_default=false())
    state: Mapped[str] = mapped_column(String(12))
    verdict: Mapped[str | None] = mapped_column(String(16))
    severity: Mapped[int] = mapped_column(Integer)
    rule_id: Mapped[str] = mapped_column(String(80))
    rule_name: Mapped[str] = mapped_column(String(200))
    title_vi: Mapped[str] = mapped_column(Text)
    title_en: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(JSON)
    skills: Mapped[list[str]] = mapped_column(JSON)
    assets: Mapped[list[str]] = mapped_column(JSON)
    units: Mapped[list[str]] = mapped_column(JSON)
    sources: Mapped[list[str]] = mapped_column(JSON)
    destinations: Mapped[list[str]] = mapped_column(JSON)
    identities: Mapped[list[str]] = mapped_column(JSON)
    asset: Mapped[str | None] = mapped_column(String(63))
    unit: Mapped[str | None] = mapped_column(String(63))
    alerts: Mapped[int] = mapped_column(Integer)
    hits: Mapped[int] = mapped_column(BigInteger)
    #: Of the alerts: late events showed that they were none; another took their place; late events changed what they say; the
    #: count behind them is an estimate. Of `folded` the alerts that suppressions counted into them.
    withdrawn: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    superseded: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    amended: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    estimated: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    folded: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    first_us: Mapped[int] = mapped_column(BigInteger)
    last_us: Mapped[int] = mapped_column(BigInteger)
    received_us: Mapped[int] = mapped_column(BigInteger)
    latest_alert_id: Mapped[str] = mapped_column(String(32))
    assignee: Mapped[str] = mapped_column(ForeignKey("people.id"))
    is_unattended: Mapped[bool] = mapped_column(Boolean)
    is_returned: Mapped[bool] = mapped_column(Boolean)
    taken_us: Mapped[int | None] = mapped_column(BigInteger)
    closed_us: Mapped[int | None] = mapped_column(BigInteger)
    suppressed_until_us: Mapped[int | None] = mapped_column(BigInteger)
    #: When its holder was last reminded of it.
    reminded_us: Mapped[int | None] = mapped_column(BigInteger)
    #: What became of hits after people had closed this thing: `new` (this group is it), `attach` or `reopen`.
    came_back: Mapped[str | None] = mapped_column(String(8))
    acknowledge_due_us: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(Integer)
    stream_seq: Mapped[int] = mapped_column(BigInteger)
    search_text: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index(
            "one_open_group",
            "dataset",
            "triage_key",
            unique=True,
            sqlite_where=text("collects = 1"),
            postgresql_where=text("collects"),
        ),
        Index("groups_by_severity", "dataset_kind", "is_open", "severity", "last_us", "id"),
        Index("groups_by_time", "dataset_kind", "is_open", "last_us", "id"),
        # Covers the numbers behind the tabs, so that counting reads no row.
        Index("groups_counted", "dataset_kind", "is_open", "state", "severity", "is_unattended", "assignee"),
        Index("groups_of_assignee", "assignee", "is_open"),
        Index("groups_of_rule", "rule_id", "last_us"),
        Index("groups_of_key", "triage_key", "dataset"),
        Index("groups_suppressed", "suppressed_until_us"),
    )

    @property
    def stands(self) -> bool:
        """Whether any of its alerts is still one: a group whose alerts were all withdrawn or replaced calls nobody."""
        return self.withdrawn == 0 or self.alerts > self.withdrawn + self.superseded


class ForeignAlert(Base):
    """Where an alert came from that is not ours; a source names it once."""

    __tablename__ = "foreign_alerts"

    source: Mapped[str] = mapped_column(String(63), primary_key=True)
    source_ref: Mapped[str] = mapped_column(String(200), primary_key=True)
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    authority: Mapped[str | None] = mapped_column(String(200))
    document_number: Mapped[str | None] = mapped_column(String(100))
    tlp: Mapped[str] = mapped_column(String(16))
    content_sha256: Mapped[str] = mapped_column(String(64))
    posted_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    received_us: Mapped[int] = mapped_column(BigInteger)


class GroupLabel(Base):
    """What a group can be found and bundled by: unit, asset, source, destination, technique."""

    __tablename__ = "group_labels"

    group_id: Mapped[str] = mapped_column(ForeignKey("triage_groups.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    value: Mapped[str] = mapped_column(String(300), primary_key=True)

    __table_args__ = (Index("labels_by_value", "kind", "value", "group_id"),)


class StoredAlert(Base):
    """An alert as the correlator made it; a repeated id only grows it."""

    __tablename__ = "alerts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("triage_groups.id"))
    dataset: Mapped[str] = mapped_column(String(80))
    severity: Mapped[int] = mapped_column(Integer)
    first_us: Mapped[int] = mapped_column(BigInteger)
    last_us: Mapped[int] = mapped_column(BigInteger)
    hits: Mapped[int] = mapped_column(BigInteger)
    event_count: Mapped[int] = mapped_column(BigInteger)
    complete: Mapped[bool] = mapped_column(Boolean)
    withdrawn: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    superseded_by: Mapped[str | None] = mapped_column(String(32), default=None)
    amended: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    estimated: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    folded: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    group_values: Mapped[list[str]] = mapped_column(JSON)
    document: Mapped[str] = mapped_column(Text)
    received_us: Mapped[int] = mapped_column(BigInteger)
    updated_us: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("alerts_of_group", "group_id", "last_us", "id"),)


class AlertChange(Base):
    """What late events did to an alert of a group; the group's history shows it beside what people did."""

    __tablename__ = "alert_changes"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("triage_groups.id"))
    alert_id: Mapped[str] = mapped_column(String(32))
    at_us: Mapped[int] = mapped_column(BigInteger)
    change: Mapped[str] = mapped_column(String(12))
    other_alert_id: Mapped[str | None] = mapped_column(String(32))
    hits_before: Mapped[int] = mapped_column(BigInteger)
    hits_after: Mapped[int] = mapped_column(BigInteger)
    audit_seq: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("changes_of_group", "group_id", "id"),)


class TransitionRecord(Base):
    """A change of state that happened; `before` is what undo gives back."""

    __tablename__ = "transitions"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("triage_groups.id"))
    number: Mapped[str] = mapped_column(String(4))
    action: Mapped[str] = mapped_column(String(12))
    from_state: Mapped[str | None] = mapped_column(String(12))
    to_state: Mapped[str] = mapped_column(String(12))
    at_us: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(128))
    capacity: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    verdict: Mapped[str | None] = mapped_column(String(16))
    assignee: Mapped[str] = mapped_column(String(128))
    version: Mapped[int] = mapped_column(Integer)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    audit_seq: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("transitions_of_group", "group_id", "id"), UniqueConstraint("group_id", "version"))


class Suppression(Base):
    """Why a group calls nobody, until when, and what was known of it then; ended, never removed."""

    __tablename__ = "suppressions"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("triage_groups.id"))
    person: Mapped[str] = mapped_column(ForeignKey("people.id"))
    at_us: Mapped[int] = mapped_column(BigInteger)
    until_us: Mapped[int] = mapped_column(BigInteger)
    ended_us: Mapped[int | None] = mapped_column(BigInteger)
    scope: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(Text)
    severity: Mapped[int] = mapped_column(Integer)
    sources: Mapped[list[str]] = mapped_column(JSON)
    alerts: Mapped[int] = mapped_column(Integer)
    hits: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("suppressions_of_group", "group_id", "id"),)


class AssignmentRecord(Base):
    """Why somebody became the assignee: stored when decided."""

    __tablename__ = "assignments"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("triage_groups.id"))
    person: Mapped[str] = mapped_column(ForeignKey("people.id"))
    at_us: Mapped[int] = mapped_column(BigInteger)
    cause: Mapped[str] = mapped_column(String(16))
    explanation: Mapped[dict[str, Any]] = mapped_column(JSON)
    inputs: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    __table_args__ = (Index("assignments_of_group", "group_id", "id"),)


class Note(Base):
    """What a person wrote about a group."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("triage_groups.id"))
    author: Mapped[str] = mapped_column(ForeignKey("people.id"))
    at_us: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("notes_of_group", "group_id", "id"),)


class IdempotentAnswer(Base):
    """That a change with this key was already made, and on which request; the answer is read again."""

    __tablename__ = "idempotent_answers"

    person: Mapped[str] = mapped_column(String(128), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    answer: Mapped[str] = mapped_column(Text)
    at_us: Mapped[int] = mapped_column(BigInteger)


class BulkToken(Base):
    """A previewed bulk act: exactly these groups in these versions."""

    __tablename__ = "bulk_tokens"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(String(128))
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    targets: Mapped[list[list[Any]]] = mapped_column(JSON)
    at_us: Mapped[int] = mapped_column(BigInteger)
    #: How far it came, while it is carried out or taken back.
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    outcome: Mapped[str | None] = mapped_column(Text)
    finished_us: Mapped[int | None] = mapped_column(BigInteger)
    undone: Mapped[str | None] = mapped_column(Text)
