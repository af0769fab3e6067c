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
    address: Mapped[str | None] = mapped_column(String(254))
    planned_us: Mapped[int | None] = mapped_column(BigInteger)
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
        Index("notices_on_line", "via", "address", "planned_us"),
    )


class ReplyCode(Base):
    """What `NHAN 1234` from a number means: the message that carried it, and for whom."""

    __tablename__ = "reply_codes"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    code: Mapped[str] = mapped_column(String(8))
    number: Mapped[str] = mapped_column(String(20))
    bundle: Mapped[str] = mapped_column(String(64))
    contact: Mapped[str] = mapped_column(String(128))
    made_us: Mapped[int] = mapped_column(BigInteger)
    expires_us: Mapped[int] = mapped_column(BigInteger)
    used_us: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("bundle", "number"), Index("codes_of_number", "number", "code", "expires_us"))


class InboundMessage(Base):
    """What came in by SMS, once: a modem that shows the same message again changes nothing."""

    __tablename__ = "inbound_messages"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    via: Mapped[str] = mapped_column(String(32))
    number: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text)
    received_us: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str | None] = mapped_column(String(120))
    person: Mapped[str | None] = mapped_column(String(128))
