"""The table of periodic duties."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base, Sequence64


class PeriodicDutyRow(Base):
    """One duty of one period (`2026-11`, `2026-H2`, `2026`). Never deleted: pending → fulfilled, or → overdue → late."""

    __tablename__ = "periodic_duties"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    code: Mapped[str] = mapped_column(String(4))
    period: Mapped[str] = mapped_column(String(8))
    text_vi: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
    recipients: Mapped[list[str]] = mapped_column(JSON)
    basis: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(12))
    due_us: Mapped[int] = mapped_column(BigInteger)
    target_us: Mapped[int] = mapped_column(BigInteger)
    made_us: Mapped[int] = mapped_column(BigInteger)
    fulfilled_us: Mapped[int | None] = mapped_column(BigInteger)
    fulfilled_by: Mapped[str | None] = mapped_column(String(128))
    receipt: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (UniqueConstraint("code", "period"), Index("periodic_duties_due", "state", "due_us"))
