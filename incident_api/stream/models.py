"""The bounded log behind the live stream."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base


class StreamRow(Base):
    """Something changed; `units` empty = not bound to a unit."""

    __tablename__ = "stream_events"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    object_id: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer)
    units: Mapped[list[str]] = mapped_column(JSON)
    person: Mapped[str | None] = mapped_column(String(128))
    at_us: Mapped[int] = mapped_column(BigInteger)
