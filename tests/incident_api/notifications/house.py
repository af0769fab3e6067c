"""A city with ways out of the house, and channels that write down what they were given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import select

from incident_api.notifications import outbox, sender
from incident_api.notifications.channels.channel import Message, NotTaken, Taken
from incident_api.notifications.models import NoticeRow
from incident_api.notifications.settings import NotificationSettings
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import START_US, city

LOCAL = {"type": "smtp", "host": "127.0.0.1", "port": 1, "security": "none", "sender": "khien@bensen.example"}
NOTICE = outbox.Notice(
    key="obligation/7/50",
    subject="obligation/7",
    template="obligation_overdue",
    recipient="irt.analyst.2",
    channel="first",
    urgency="high",
    values={
        "incident": "SC-2026-0007",
        "duty_vi": "Thông báo ban đầu",
        "duty_en": "Initial notice",
        "party_vi": "Công an thành phố",
        "party_en": "City Police",
        "due": "24/11/2026 09:00",
    },
    tlp="AMBER",
    simulated=False,
)


@dataclass
class Recorder:
    """A channel that takes everything, or answers as it is told."""

    sent: list[tuple[str, Message]] = field(default_factory=list)
    answers: list[Exception] = field(default_factory=list)
    before: Callable[[Message], None] | None = None

    def send(self, message: Message, *, address: str) -> Taken:
        if self.before is not None:
            self.before(message)
        if self.answers:
            raise self.answers.pop(0)
        self.sent.append((address, message))
        return Taken(reference=message.key)

    def close(self) -> None:
        """Nothing is open."""


def busy() -> NotTaken:
    return NotTaken("451 try again")


def refused() -> NotTaken:
    return NotTaken("550 no such user", is_final=True)


@contextmanager
def house(folder: Path, clock: ManualClock, **settings: object) -> Iterator[Runtime]:
    """The example city with a mail row, whose channel the test puts in itself."""
    with city(folder, clock=clock, log_ins=False) as runtime:
        given = {"channels": {"mail": LOCAL}} | settings
        runtime.notifications = NotificationSettings.model_validate(given)
        yield runtime


def put(runtime: Runtime, notice: outbox.Notice = NOTICE, **changed: object) -> int | None:
    changes = replace(notice, **changed)  # type: ignore[arg-type]  # fields of the notice
    with runtime.database.write() as session:
        return outbox.put(runtime, session, changes, now_us=runtime.clock.now_us())


def drain(runtime: Runtime, **channels: Recorder) -> int:
    return sender.drain(runtime, channels, now_us=runtime.clock.now_us())


def rows(runtime: Runtime) -> list[NoticeRow]:
    with runtime.database.read() as session:
        return list(session.scalars(select(NoticeRow).order_by(NoticeRow.id)))


def states(runtime: Runtime) -> list[str]:
    return [row.state for row in rows(runtime)]


__all__ = ["LOCAL", "NOTICE", "START_US", "Recorder", "busy", "drain", "house", "put", "refused", "rows", "states"]
