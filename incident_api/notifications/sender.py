"""The sender: one thread that plans and one for each channel, so that a channel that hangs keeps no other waiting.

Woken by each commit and by a clock; what is due stands in the table, so a missed call loses nothing. Two senders by mistake are
harmless: every message is claimed by compare-and-set.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from incident_api.notifications import inbound, planning, sending
from incident_api.notifications.channels.channel import Channel, Listening, NotTaken
from incident_api.notifications.models import NoticeRow
from incident_api.notifications.states import State
from incident_api.runtime import Runtime
from khien.errors import KhienError

_ROUND_SECONDS = 2.0
_log = logging.getLogger(__name__)


def open_channels(runtime: Runtime) -> dict[str, Channel]:
    """Every row of the settings, ready to send."""
    home = runtime.settings.home.root
    domain = runtime.organisation.domain
    settings = runtime.notifications.channels
    return {name: each.open(home=home, domain=domain, clock=runtime.clock) for name, each in settings.items()}


def plan_due(runtime: Runtime, *, now_us: int) -> int:
    """Plan everything that is due, a round a transaction."""
    planned = 0
    while _is_anything_due(runtime, now_us=now_us):
        with runtime.database.write() as session:
            found = planning.plan(runtime, session, now_us=now_us)
        if found == 0:
            break
        planned += found
    return planned


def send_due(runtime: Runtime, channel: Channel, *, via: str, now_us: int, stop: threading.Event | None = None) -> int:
    """Send what is due on one channel; gives how many messages were tried."""
    tried = 0
    while claims := sending.claim(runtime, via=via, now_us=now_us):
        for held in claims:
            if stop is not None and stop.is_set():
                return tried
            tried += sending.deliver(runtime, channel, held) is not None
        now_us = runtime.clock.now_us()
    return tried


def send_one(runtime: Runtime, *, via: str, bundle: str) -> None:
    """Send one planned message now, unless another sender has it."""
    channel = runtime.notifications.channels[via].open(
        home=runtime.settings.home.root, domain=runtime.organisation.domain, clock=runtime.clock
    )
    try:
        for held in sending.claim(runtime, via=via, now_us=runtime.clock.now_us(), only=bundle):
            sending.deliver(runtime, channel, held)
    finally:
        channel.close()


def receive_all(runtime: Runtime, channel: Listening, *, via: str) -> list[str]:
    """Take in every answer of a channel: stored and acted on first, then forgotten by the channel. Gives what they led to."""
    outcomes = []
    try:
        for each in channel.received():
            outcomes.append(inbound.receive(runtime, via=via, inbound=each))
            channel.forget(each)
    except NotTaken as gone:
        _log.warning("answers by %s cannot be read: %s", via, gone.reason)
    return outcomes


def drain(runtime: Runtime, channels: Mapping[str, Channel], *, now_us: int) -> int:
    """Plan and send in this thread: for `khien notify test` and for tests."""
    plan_due(runtime, now_us=now_us)
    return sum(send_due(runtime, channel, via=via, now_us=now_us) for via, channel in channels.items())


def run(runtime: Runtime, now_us: int) -> str:
    """For the job table: plan what is due, say what waits. The sender's threads send: a channel that hangs holds no job."""
    planned = plan_due(runtime, now_us=now_us)
    with runtime.database.read() as session:
        counted = select(NoticeRow.state, func.count()).where(NoticeRow.state.in_((State.QUEUED, State.SENDING, State.FAILED)))
        counts = {str(state): int(count) for state, count in session.execute(counted.group_by(NoticeRow.state))}
    waiting = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    return f"{planned} planned; {waiting or 'nothing waits'}"


class Sender:
    """The threads of one process."""

    def __init__(self, runtime: Runtime, channels: Mapping[str, Channel] | None = None) -> None:
        self._runtime = runtime
        self._channels = dict(open_channels(runtime) if channels is None else channels)
        self._stop = threading.Event()
        self._wakes: list[threading.Event] = []
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin; nothing runs without a channel."""
        if not self._channels:
            return
        self._begin("planner", self._plan)
        for via, channel in self._channels.items():
            self._begin(f"sender-{via}", partial(self._send, via, channel))
        self._runtime.database.on_commit(self.wake)

    def wake(self) -> None:
        """Something was committed; from any thread, never waits."""
        for event in self._wakes:
            event.set()

    def stop(self) -> None:
        """Finish the message under way."""
        self._stop.set()
        self.wake()
        for thread in self._threads:
            thread.join()
        for channel in self._channels.values():
            channel.close()

    def _begin(self, name: str, work: Callable[[], None]) -> None:
        wake = threading.Event()
        self._wakes.append(wake)
        thread = threading.Thread(target=self._loop, args=(wake, work), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _loop(self, wake: threading.Event, work: Callable[[], None]) -> None:
        while not self._stop.is_set():
            # Boundary: a message that cannot be composed or a database that is away must not end the thread.
            try:
                work()
            except (KhienError, SQLAlchemyError):
                _log.exception("%s failed and tries again", threading.current_thread().name)
                self._stop.wait(_ROUND_SECONDS)
            wake.wait(_ROUND_SECONDS)
            wake.clear()

    def _plan(self) -> None:
        plan_due(self._runtime, now_us=self._runtime.clock.now_us())

    def _send(self, via: str, channel: Channel) -> None:
        send_due(self._runtime, channel, via=via, now_us=self._runtime.clock.now_us(), stop=self._stop)
        if isinstance(channel, Listening):
            receive_all(self._runtime, channel, via=via)


def _is_anything_due(runtime: Runtime, *, now_us: int) -> bool:
    due = select(NoticeRow.id).where(
        NoticeRow.state.in_((State.QUEUED, State.FAILED, State.NO_ENDPOINT)),
        NoticeRow.next_at_us <= now_us,
        NoticeRow.via.is_(None) | NoticeRow.via.not_in(tuple(runtime.notifications.channels)),
    )
    with runtime.database.read() as session:
        return session.scalar(due.limit(1)) is not None
