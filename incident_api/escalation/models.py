"""Tables of deadlines; who was told stands in the notices."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base, Sequence64


class EscalationRun(Base):
    """One clock: the chain as it was when it started, and the next step. Edits of the policy never reach it.

    `subject`: `group/…`, `obligation/…`, `approval/…`. `attempt`: how often the chain jumped.
    """

    __tablename__ = "escalation_runs"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    subject: Mapped[str] = mapped_column(String(80))
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    due_us: Mapped[int] = mapped_column(BigInteger)
    basis: Mapped[str] = mapped_column(String(16))
    step: Mapped[int] = mapped_column(Integer)
    attempt: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    next_due_us: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(12))
    version: Mapped[int] = mapped_column(Integer)
    started_us: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("runs_due", "state", "next_due_us"), Index("runs_of_subject", "subject", "id"))


class TickerBeat(Base):
    """When the ticker (`escalation`) or the auditor last finished a round; health is red when one stands still."""

    __tablename__ = "ticker_beats"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    at_us: Mapped[int] = mapped_column(BigInteger)
    rounds: Mapped[int] = mapped_column(BigInteger)
    late: Mapped[int] = mapped_column(BigInteger)
