"""Tables of sessions and of failed log-ins."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base


class SessionRow(Base):
    """A live session; only the hash of its token is stored."""

    __tablename__ = "sessions"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("people.id"))
    csrf: Mapped[str] = mapped_column(String(64))
    created_us: Mapped[int] = mapped_column(BigInteger)
    last_seen_us: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("sessions_of_person", "person"),)


class LogInFailures(Base):
    """How often log-in failed lately for an account, an address, or both; it slows down and never locks out."""

    __tablename__ = "log_in_failures"

    subject: Mapped[str] = mapped_column(String(200), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_us: Mapped[int] = mapped_column(BigInteger)
