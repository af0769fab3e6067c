"""The last report of a component, and how far its tuning journal was anchored in the audit log."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base


class HeldBackRow(Base):
    """`journal_seq`, `journal_head`: the last line that the audit log has; `rolled_back_us`: since when it is gone."""

    __tablename__ = "held_back"

    component: Mapped[str] = mapped_column(String(63), primary_key=True)
    received_us: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    journal_seq: Mapped[int] = mapped_column(BigInteger)
    journal_head: Mapped[str] = mapped_column(String(64))
    rolled_back_us: Mapped[int | None] = mapped_column(BigInteger)
