"""Tables of the organisation: every version that was in force, imports that wait to be adopted, and what was refused."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base, Sequence64


class OrganisationVersion(Base):
    """The whole organisation as it was adopted. `files`: hashes of the folder's files when they were last looked at."""

    __tablename__ = "organisation_versions"

    number: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: `folder` or `import`: where the city's own part came from.
    origin: Mapped[str] = mapped_column(String(8))
    files: Mapped[dict[str, str]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12))
    since_us: Mapped[int] = mapped_column(BigInteger)
    adopted_by: Mapped[str] = mapped_column(String(128))

    __table_args__ = (
        Index(
            "one_organisation",
            "state",
            unique=True,
            sqlite_where=text("state = 'in_force'"),
            postgresql_where=text("state = 'in_force'"),
        ),
    )


class OrganisationPreview(Base):
    """An import that was read, found whole and compared; its maker can adopt it, over the version it was compared with."""

    __tablename__ = "organisation_previews"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(String(128))
    base: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    at_us: Mapped[int] = mapped_column(BigInteger)
    adopted_us: Mapped[int | None] = mapped_column(BigInteger)


class OrganisationRefusal(Base):
    """A folder that was not adopted at start, and why; the version before stays."""

    __tablename__ = "organisation_refusals"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    at_us: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[str] = mapped_column(String(64))
    text_vi: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
