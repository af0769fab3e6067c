"""The table of reports: what was said at a time, word for word. Nothing updates or deletes a row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base, Sequence64


class Report(Base):
    """One copy for one recipient; `document` is the JSON twin, from which the files are made whenever somebody asks."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    kind: Mapped[str] = mapped_column(String(63))
    recipient: Mapped[str] = mapped_column(String(128))
    number: Mapped[int] = mapped_column(Integer)
    made_us: Mapped[int] = mapped_column(BigInteger)
    made_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (UniqueConstraint("incident_id", "number"), Index("reports_of_incident", "incident_id", "id"))
