"""Wakes every few seconds. What is due lives in the table; APScheduler only rings the bell."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from incident_api.coordination import life
from incident_api.jobs import lease, tick
from incident_api.jobs.table import JOBS
from incident_api.runtime import Runtime
from khien.errors import KhienError

#: A job that waits for the network must not keep the deadlines waiting.
_AT_ONCE = 4
#: How long a start waits for what fell due while nobody ticked.
_FIRST_ROUND_SECONDS = 10.0
_log = logging.getLogger(__name__)


class Ticker:
    """Claims what is due and runs it in threads of its own until stopped."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._holder = f"{socket.gethostname()[:80]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="job")
        self._busy: set[str] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        """The first round at once: what fell due while we were away must not wait."""
        wait(self.ring(), timeout=_FIRST_ROUND_SECONDS)
        self._scheduler.add_job(
            self.ring,
            "interval",
            seconds=self._runtime.settings.tick_seconds,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        self._scheduler.start()

    def ring(self) -> list[Future[bool]]:
        """One round: claim, and hand each claim to a thread."""
        self._follow()
        with self._lock:
            claims = tick.due(self._runtime, JOBS, holder=self._holder, busy=frozenset(self._busy))
            self._busy |= {claim.job.name for claim in claims}
        return [self._pool.submit(self._perform, claim) for claim in claims]

    def stop(self) -> None:
        """Wait for what runs, and give the lease back."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        self._pool.shutdown(wait=True)
        with self._runtime.database.write() as session:
            lease.give_back(session, holder=self._holder, now_us=self._runtime.clock.now_us())

    def _follow(self) -> None:
        """Boundary: the rules that another process put in force may be refused here; the bell rings all the same."""
        try:
            life.follow(self._runtime)
        except (KhienError, SQLAlchemyError):
            _log.exception("the rules that are in force in the store were not taken over")

    def _perform(self, claim: tick.Claim) -> bool:
        try:
            return tick.perform(self._runtime, claim)
        finally:
            with self._lock:
                self._busy.discard(claim.job.name)
