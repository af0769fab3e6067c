"""Wakes every open live stream after a commit; what changed is read from the log, so that a missed call loses nothing."""

from __future__ import annotations

import asyncio
import threading


class Bus:
    """Commits happen in threads, streams wait in event loops; each waiter has its own event."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether the process is ending; every stream ends with it."""
        return self._is_closed

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        with self._lock:
            return len(self._waiters)

    def join(self) -> asyncio.Event:
        """An event that is set after each commit; to be called in the loop that waits."""
        event = asyncio.Event()
        with self._lock:
            self._waiters[event] = asyncio.get_running_loop()
        return event

    def leave(self, event: asyncio.Event) -> None:
        """The stream is gone."""
        with self._lock:
            self._waiters.pop(event, None)

    def close(self) -> None:
        """End every stream."""
        self._is_closed = True
        self.wake()

    def wake(self) -> None:
        """From any thread."""
        with self._lock:
            waiters = list(self._waiters.items())
        for event, loop in waiters:
            # A loop that is being closed has no streams to wake.
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)
