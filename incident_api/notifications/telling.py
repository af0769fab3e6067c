"""What one recipient is told of one notice, decided when it is planned and again when it leaves."""

from __future__ import annotations

import hashlib
import hmac
import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from incident_api.notifications import ceiling
from incident_api.notifications.models import NoticeRow
from incident_api.notifications.subjects import Subject
from incident_api.organisation.contacts import Contact
from incident_api.people.models import PersonRow
from incident_api.runtime import Runtime

_KEY = "pseudonyms.key"
_KEY_BYTES = 32
#: The only words that leave about a state secret.
CONTACT_ONLY = "contact_us"


@dataclass(frozen=True, slots=True)
class Decided:
    """Template and values that may leave; `why` when nothing may."""

    template: str
    values: dict[str, str]
    tlp: str
    masked: dict[str, int]
    why: str | None = None


def decide(runtime: Runtime, session: Session, row: NoticeRow, *, subject: Subject, contact: Contact | None) -> Decided:
    """The words for a recipient as the case stands now."""
    if subject.is_contact_only:
        return Decided(CONTACT_ONLY, {}, "CLEAR", {})
    tlp = ceiling.highest(row.tlp, subject.tlp) if subject.tlp is not None else row.tlp
    who = contact.id if contact is not None else row.recipient
    person = session.get(PersonRow, who)
    most = ceiling.of(
        subject.rules,
        row.recipient,
        person=person,
        unit=person.home if person is not None else contact.unit if contact is not None else None,
        units=subject.units,
        subject=row.subject,
    )
    found = ceiling.told(subject.rules, most, dict(row.fields), tlp=tlp, key=key_of(runtime, who))
    if found.values is None:
        return Decided(row.template, {}, tlp, {}, found.why)
    return Decided(row.template, found.values, tlp, found.masked)


def key_of(runtime: Runtime, recipient: str) -> bytes:
    """The key of a recipient's pseudonyms: two recipients cannot compare theirs."""
    return hmac.new(_master(runtime.settings.home.incident_api / _KEY), recipient.encode(), hashlib.sha256).digest()


@cache
def _master(path: Path) -> bytes:
    """Made once; whoever makes it first wins."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        own = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(own, path)
        own.unlink()
    return path.read_bytes()
