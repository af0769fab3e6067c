"""The seam of every way out: a message goes in, and the channel says that it took it or why not."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from incident_api.organisation.parts import ChannelKind, Part
from khien.clock import Clock
from khien.errors import KhienError

#: Longest secret that is read; a longer file is a mistake.
_SECRET_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One notice inside a message, for machines."""

    id: int
    subject: str
    template: str
    urgency: str
    tlp: str
    made_us: int
    title: str
    text: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What goes over one channel to one address. `key` is the same in every repeat."""

    key: str
    recipient: str
    name: str
    language: str
    subject: str
    text: str
    short: str
    tlp: str
    urgency: str
    items: tuple[Item, ...]
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """The channel took it over; `delivered` only when the channel says that it arrived."""

    state: Literal["sent", "delivered"] = "sent"
    reference: str = ""


class NotTaken(Exception):  # noqa: N818 - an answer of the other side
    """The channel did not take it. `is_final`: asking again would give the same answer."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.reason = " ".join(reason.split())[:300]
        self.is_final = is_final


class Channel(Protocol):
    """One way out. `send` returns within a bounded time whatever the other side does; it is called by one thread."""

    def send(self, message: Message, *, address: str) -> Taken:
        """Hand a message over. Raises `NotTaken`."""

    def close(self) -> None:
        """Let go of connections."""


class ChannelSettings(Part):
    """What every row of the settings has."""

    @property
    def serves(self) -> tuple[ChannelKind, ...]:
        """The kinds of addresses that go this way."""
        raise NotImplementedError

    def check(self, home: Path) -> None:
        """Raise `notify.*` when a file that it names is missing or open to everybody."""

    def open(self, *, home: Path, domain: str, clock: Clock) -> Channel:
        """The channel."""
        raise NotImplementedError


def trust(home: Path, authority: str | None) -> ssl.SSLContext:
    """A context that verifies certificate and name. Raises `notify.authority`."""
    path = None if authority is None else home / authority
    try:
        context = ssl.create_default_context(cafile=None if path is None else str(path))
    except OSError as error:
        raise KhienError("notify.authority", path=str(path), reason=error.strerror or type(error).__name__) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def read_secret(home: Path, name: str) -> str:
    """A secret in a file of its own; read when needed, so that a new one counts at once. Raises `notify.secret`."""
    path = home / name
    try:
        if path.stat().st_mode & 0o077:
            raise KhienError("notify.secret_is_open", path=str(path))
        with path.open("rb") as file:
            raw = file.read(_SECRET_BYTES + 1)
        text = raw.decode("utf-8").strip()
    except OSError as error:
        raise KhienError("notify.secret", path=str(path), reason=error.strerror or "unreadable") from error
    except UnicodeDecodeError as error:
        raise KhienError("notify.secret", path=str(path), reason="not UTF-8") from error
    if not text or len(raw) > _SECRET_BYTES:
        raise KhienError("notify.secret", path=str(path), reason="empty" if not text else "longer than 4096 bytes")
    return text


@dataclass(frozen=True, slots=True)
class Inbound:
    """What came in; `place` is where the channel keeps it until it is forgotten."""

    place: str
    number: str
    text: str
    sent_at: str


@runtime_checkable
class Listening(Channel, Protocol):
    """A channel that people answer on."""

    def received(self) -> list[Inbound]:
        """What came in and is not forgotten yet. Raises `NotTaken`."""

    def forget(self, inbound: Inbound) -> None:
        """It is stored. Raises `NotTaken`."""
