"""The tables of the audit log and of its signed checkpoints. Nothing updates or deletes a row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base


class AuditRow(Base):
    """One link of the chain."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at_us: Mapped[int] = mapped_column(BigInteger)
    stream: Mapped[str] = mapped_column(String(80))
    actor: Mapped[str] = mapped_column(String(128))
    capacity: Mapped[str | None] = mapped_column(String(16))
    home: Mapped[str | None] = mapped_column(String(63))
    act: Mapped[str] = mapped_column(String(64))
    object: Mapped[str] = mapped_column(String(200))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after_sha256: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(Text)
    policy_version: Mapped[str | None] = mapped_column(String(80))
    prev: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (Index("audit_of_object", "object", "seq"), Index("audit_of_actor", "actor", "seq"))


class AuditCheckpoint(Base):
    """A signed checkpoint as it was made; `peaks` is where the Merkle tree goes on."""

    __tablename__ = "audit_checkpoints"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger, unique=True)
    at_us: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    peaks: Mapped[list[list[Any]]] = mapped_column(JSON)
