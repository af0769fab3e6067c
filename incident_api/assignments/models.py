"""The table of incidents' assignments; those of alerts stand beside the triage groups."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base, Sequence64


class IncidentAssignment(Base):
    """Why somebody became the handler of an incident: stored when decided."""

    __tablename__ = "incident_assignments"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    person: Mapped[str] = mapped_column(ForeignKey("people.id"))
    at_us: Mapped[int] = mapped_column(BigInteger)
    cause: Mapped[str] = mapped_column(String(16))
    explanation: Mapped[dict[str, Any]] = mapped_column(JSON)
    inputs: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    __table_args__ = (Index("assignments_of_incident", "incident_id", "id"),)
