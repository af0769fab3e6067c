"""Tables of people and their log-ins."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base


class PersonRow(Base):
    """Somebody by role. `source`: `organisation` (kept equal to its file) or `local` (made by `khien user add`)."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    roles: Mapped[list[str]] = mapped_column(JSON)
    home: Mapped[str] = mapped_column(String(63))
    skills: Mapped[list[str]] = mapped_column(JSON)
    desk: Mapped[list[str]] = mapped_column(JSON)
    identities: Mapped[list[str]] = mapped_column(JSON)
    clearance: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(2))
    is_active: Mapped[bool] = mapped_column(Boolean)
    password_hash: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(16))
    last_assigned_us: Mapped[int] = mapped_column(BigInteger)
    #: Since when the organisation's file has not had them. None also for whom people put out: no import brings them back.
    left_us: Mapped[int | None] = mapped_column(BigInteger)
