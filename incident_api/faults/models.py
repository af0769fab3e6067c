"""Table: what each component said of itself last."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base


class ComponentCondition(Base):
    """The last word of a component; it speaks every ten seconds while it lives."""

    __tablename__ = "component_conditions"

    component: Mapped[str] = mapped_column(String(63), primary_key=True)
    received_us: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
