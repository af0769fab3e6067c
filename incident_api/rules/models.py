"""Tables of the rules in force: what the correlator sent last, one row a document."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base


class RuleCatalogue(Base):
    """What a component sent last; `digest` names the content."""

    __tablename__ = "rule_catalogues"

    component: Mapped[str] = mapped_column(String(63), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    received_us: Mapped[int] = mapped_column(BigInteger)
    packs: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class RuleFile(Base):
    """A file of rules: its text, and that of the cases beside it."""

    __tablename__ = "rule_files"

    component: Mapped[str] = mapped_column(String(63), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    pack: Mapped[int] = mapped_column(Integer)
    path: Mapped[str] = mapped_column(String(1_000))
    text: Mapped[str | None] = mapped_column(Text)
    cases: Mapped[str | None] = mapped_column(Text)


class RuleRow(Base):
    """One document. `since_us`: since when it is in this state; `document`: what the list does not show."""

    __tablename__ = "rules_in_force"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    component: Mapped[str] = mapped_column(String(63))
    rule_id: Mapped[str] = mapped_column(String(300))
    name: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(16))
    since_us: Mapped[int] = mapped_column(BigInteger)
    level: Mapped[str | None] = mapped_column(String(16))
    title_vi: Mapped[str] = mapped_column(Text)
    title_en: Mapped[str] = mapped_column(Text)
    techniques: Mapped[list[str]] = mapped_column(JSON)
    log_source: Mapped[str] = mapped_column(Text)
    pack: Mapped[int] = mapped_column(Integer)
    location: Mapped[str] = mapped_column(String(1_200))
    file: Mapped[int | None] = mapped_column(Integer)
    search_text: Mapped[str] = mapped_column(Text)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (Index("rules_by_rule_id", "rule_id"), Index("rules_of_component", "component", "state"))
