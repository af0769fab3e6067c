"""Table of saved views."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incident_api.database import Base, Sequence64


class SavedView(Base):
    """A name for an address of the queue."""

    __tablename__ = "saved_views"

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    owner: Mapped[str] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(1200))
    is_shared: Mapped[bool] = mapped_column(Boolean)
    at_us: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("owner", "name", name="one_view_of_a_name"),)
