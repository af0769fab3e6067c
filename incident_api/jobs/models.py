"""Tables of the jobs: when each is due and how its last run went, and which process ticks."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base


class JobRow(Base):
    """A job as it stands: `waiting`, `running` (claimed with this fence until then) or `failing` (tried again with back-off)."""

    __tablename__ = "jobs"

    kind: Mapped[str] = mapped_column(String(63), primary_key=True)
    #: What it is about; empty for the jobs of the declared table.
    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    due_us: Mapped[int] = mapped_column(BigInteger)
    attempt: Mapped[int] = mapped_column(Integer)
    fence: Mapped[int] = mapped_column(BigInteger)
    claimed_until_us: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(BigInteger)
    last_run_us: Mapped[int | None] = mapped_column(BigInteger)
    last_duration_us: Mapped[int | None] = mapped_column(BigInteger)
    last_result: Mapped[str | None] = mapped_column(Text)
    last_error: Mapped[str | None] = mapped_column(Text)
    runs: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(BigInteger)


class JobLease(Base):
    """The one process that ticks. The fencing number grows with each new holder and never goes back."""

    __tablename__ = "job_leases"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(128))
    fence: Mapped[int] = mapped_column(BigInteger)
    expires_us: Mapped[int] = mapped_column(BigInteger)
