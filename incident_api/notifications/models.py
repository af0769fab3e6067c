"""The table of notices."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base, Sequence64


class NoticeRow(Base):
    """One thing that one recipient is told once on one channel: the unique key makes a repeated step harmless.

    `bundle` is the key of the message on the wire, fixed before the first attempt; `resolved` is whom and what the recipient's name
    meant when it was sent; `lease` and `lease_until_us` say which sender holds it.
    """

    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    key: Mapped[str] = mapped_column(String(160))
    subject: Mapped[str] = mapped_column(String(120))
    template: Mapped[str] = mapped_column(String(64))
    recipient: Mapped[str] = mapped_column(String(128))
    channel: Mapped[str] = mapped_column(String(12))
    urgency: Mapped[str] = mapped_column(String(8))
    fields: Mapped[dict[str, str]] = mapped_column(JSON)
    tlp: Mapped[str] = mapped_column(String(16))
    simulated: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(String(12))
    made_us: Mapped[int] = mapped_column(BigInteger)
    next_at_us: Mapped[int | None] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(Integer)
    rung: Mapped[int] = mapped_column(Integer)
    bundle: Mapped[str | None] = mapped_column(String(64))
    via: Mapped[str | None] = mapped_column(String(32))
    resolved: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    lease: Mapped[str | None] = mapped_column(String(32))
    lease_until_us: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(Text)
    sent_us: Mapped[int | None] = mapped_column(BigInteger)
    ended_us: Mapped[int | None] = mapped_column(BigInteger)
    receipt: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        UniqueConstraint("key", "recipient", "channel"),
        Index("notices_of_subject", "subject", "id"),
        Index("notices_of_recipient", "recipient", "id"),
        Index("notices_due", "state", "next_at_us", "id"),
        Index("notices_of_bundle", "bundle"),
    )
