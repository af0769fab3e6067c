"""Tables of sessions and of failed log-ins."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base, Sequence64


class SessionRow(Base):
    """A live session; only the hash of its token is stored."""

    __tablename__ = "sessions"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("people.id"))
    csrf: Mapped[str] = mapped_column(String(64))
    created_us: Mapped[int] = mapped_column(BigInteger)
    last_seen_us: Mapped[int] = mapped_column(BigInteger)
    #: When the second factor was last given in this session.
    proven_us: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (Index("sessions_of_person", "person"),)


class SecondFactor(Base):
    """Somebody's secret of one-time passwords, encrypted; `last_step`: the newest that was used."""

    __tablename__ = "second_factors"

    person: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(255))
    last_step: Mapped[int] = mapped_column(BigInteger)
    confirmed_us: Mapped[int | None] = mapped_column(BigInteger)


class RecoveryCode(Base):
    """A code for the day the telephone is lost; only its hash is stored, and it counts once."""

    __tablename__ = "recovery_codes"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("people.id"))
    used_us: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (Index("recovery_codes_of_person", "person"),)


class AccessToken(Base):
    """What a script shows instead of a session: the rights of its person, at most these; only its hash is stored."""

    __tablename__ = "access_tokens"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    person: Mapped[str] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str] = mapped_column(String(80))
    rights: Mapped[list[str]] = mapped_column(JSON)
    created_us: Mapped[int] = mapped_column(BigInteger)
    expires_us: Mapped[int] = mapped_column(BigInteger)
    last_used_us: Mapped[int | None] = mapped_column(BigInteger)
    revoked_us: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (Index("access_tokens_of_person", "person"),)


class LogInFailures(Base):
    """How often log-in failed lately for an account, an address, or both; it slows down and never locks out."""

    __tablename__ = "log_in_failures"

    subject: Mapped[str] = mapped_column(String(200), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_us: Mapped[int] = mapped_column(BigInteger)
