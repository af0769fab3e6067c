"""The tables of policies: every version whole, so that a broken file on disk changes nothing, and what happened to it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base, Sequence64


class PolicyRow(Base):
    """A version of the policy with its signatures; `since_us`: since when it is in its state. One row is in force.

    `paper`: what one person entered of a signature on paper, until a second one enters the same.
    """

    __tablename__ = "policies"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    policy_id: Mapped[str] = mapped_column(String(63))
    version: Mapped[str] = mapped_column(String(32))
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    signatures: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12))
    since_us: Mapped[int] = mapped_column(BigInteger)
    paper: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)

    __table_args__ = (
        Index(
            "one_in_force",
            "state",
            unique=True,
            sqlite_where=text("state = 'in_force'"),
            postgresql_where=text("state = 'in_force'"),
        ),
    )


class PolicyChange(Base):
    """One step in the life of a version. Nothing updates or deletes a row."""

    __tablename__ = "policy_changes"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("policies.sha256"))
    at_us: Mapped[int] = mapped_column(BigInteger)
    act: Mapped[str] = mapped_column(String(32))
    from_state: Mapped[str | None] = mapped_column(String(12))
    to_state: Mapped[str] = mapped_column(String(12))
    actor: Mapped[str] = mapped_column(String(128))
    reason: Mapped[str | None] = mapped_column(Text)
    audit_seq: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("changes_of_policy", "sha256", "id"),)


class PolicyRefusal(Base):
    """A policy on disk that was refused."""

    __tablename__ = "policy_refusals"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    at_us: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[str] = mapped_column(String(64))
    text_vi: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
