"""By which ways somebody is reached, in order: their own ladder, each kind over each row of the settings that carries it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from incident_api.notifications.models import NoticeRow
from incident_api.notifications.settings import NotificationSettings
from incident_api.organisation import contacts
from incident_api.organisation.contacts import Contact
from incident_api.runtime import Runtime
from khien.errors import KhienError

#: When nobody can be called by a machine, the words still arrive.
_AFTER_VOICE = ("sms", "mail")
#: An answer to an SMS is an SMS.
_FORCED: dict[str, tuple[str, ...]] = {"sms_answer": ("sms",)}


@dataclass(frozen=True, slots=True)
class Rung:
    """One way: a row of the settings, the kind, and the address."""

    via: str
    kind: str
    address: str


@dataclass(frozen=True, slots=True)
class Ways:
    """Whom a recipient's name led to, and how they are reached; without rungs `why` says what is missing."""

    contact: Contact | None
    rungs: tuple[Rung, ...]
    why: str | None = None


def of(runtime: Runtime, session: Session, row: NoticeRow, *, now_us: int) -> Ways:
    """Resolve a recipient now; somebody who cannot be reached at all is spoken for by the first deputy who can."""
    settings = runtime.notifications
    try:
        contact = contacts.resolve(runtime, session, row.recipient, at_us=now_us)
    except KhienError as error:
        return Ways(None, (), error.code)
    found = rungs(settings, row, contact)
    if found:
        return Ways(contact, found)
    for deputy in contact.deputies:
        try:
            known = contacts.resolve(runtime, session, deputy, at_us=now_us)
        except KhienError:
            continue
        others = rungs(settings, row, known)
        if others:
            return Ways(known, others)
    return Ways(contact, (), "no_channel" if not settings.channels else "no_address")


def rungs(settings: NotificationSettings, row: NoticeRow, contact: Contact) -> tuple[Rung, ...]:
    """Every way to a contact in the order in which they are tried."""
    kinds = _kinds(settings, row, contact)
    return tuple(
        Rung(via, kind, channel.address)
        for kind in kinds
        for channel in contact.channels
        if channel.kind == kind
        for via in settings.serving(kind)
    )


def _kinds(settings: NotificationSettings, row: NoticeRow, contact: Contact) -> tuple[str, ...]:
    if row.template in _FORCED:
        return _FORCED[row.template]
    own = tuple(dict.fromkeys(channel.kind for channel in contact.channels))
    asked = settings.kinds_of(contact.id, row.urgency)
    # What the ladder does not name stays as a last resort: silence is worse than the wrong bell.
    order: tuple[str, ...] = tuple(dict.fromkeys((*(asked or ()), *own)))
    order = tuple(kind for kind in order if kind != "app") or ("mail",)
    if row.channel == "voice":
        return tuple(dict.fromkeys(("voice", *_AFTER_VOICE, *order)))
    usable = tuple(kind for kind in order if settings.serving(kind) and kind in own)
    return usable[1:] + usable[:1] if row.channel == "second" else usable
