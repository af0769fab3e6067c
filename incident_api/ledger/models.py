"""Tables of what the stages counted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base


class LedgerRow(Base):
    """The last ledger a component gave."""

    __tablename__ = "ledgers"

    component: Mapped[str] = mapped_column(String(63), primary_key=True)
    received_us: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)


class IntakeCount(Base):
    """How many alerts were posted, by outcome; committed with the alerts themselves."""

    __tablename__ = "intake_counts"

    outcome: Mapped[str] = mapped_column(String(12), primary_key=True)
    alerts: Mapped[int] = mapped_column(BigInteger)
