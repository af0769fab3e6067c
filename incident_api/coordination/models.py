"""The table of policies: what was in force, whole, so that a broken file on disk changes nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base, Sequence64


class PolicyRow(Base):
    """A policy with the signatures that put it in force. One row is in force."""

    __tablename__ = "policies"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    policy_id: Mapped[str] = mapped_column(String(63))
    version: Mapped[str] = mapped_column(String(32))
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    signatures: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12))
    since_us: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        Index(
            "one_in_force",
            "state",
            unique=True,
            sqlite_where=text("state = 'in_force'"),
            postgresql_where=text("state = 'in_force'"),
        ),
    )


class PolicyRefusal(Base):
    """A policy on disk that was refused."""

    __tablename__ = "policy_refusals"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    at_us: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[str] = mapped_column(String(64))
    text_vi: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
