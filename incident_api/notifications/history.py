"""What was told of a subject, for those who show it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.notifications.models import NoticeRow


def of_subject(session: Session, subject: str, *, limit: int) -> Sequence[NoticeRow]:
    """The newest notices about a thing."""
    return session.scalars(select(NoticeRow).where(NoticeRow.subject == subject).order_by(NoticeRow.id.desc()).limit(limit)).all()


def step_of(row: NoticeRow) -> int:
    """The number of the step that caused it: the end of its key."""
    end = row.key.rpartition("/")[2]
    return int(end) if end.isascii() and end.isdigit() else 0
