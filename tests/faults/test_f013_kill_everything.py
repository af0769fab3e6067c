"""F013: kill -9 sensor, correlator and incident API at random points, start them in any order: nothing lost, same alerts.

A process needs longer to start than to work off what waits (and the correlator waits for its first inventory), so kills by
the clock hit nothing. Here each kill waits until what is killed has moved something in this life: events taken from the sensor,
events in the store. Meanwhile the sensor is held (SIGSTOP) where it would run ahead of the next kill. A recorded file promises
its end only, so its alerts come when all kills are over: the incident API dies while it takes in the ledger, not alerts.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from correlator.checkpoint import Checkpoint
from correlator.ingest.log import IngestLog
from correlator.ledger import Ledger, read_ledger
from incident_api.database import Database
from incident_api.opening import migrate
from khien.app.ports import free_ports
from khien.clock import SystemClock
from khien.home import Home
from khien.store.opening import open_store

DATASET = "exercise:kill"
POINTS = int(os.environ.get("KHIEN_FAULT_POINTS", "20"))
#: So many that work is left between any two kills.
LINES = 3_000 * POINTS
PARTS = ("sensor", "correlator", "incident-api")
#: Those whose work is seen while the kills go on.
WORKERS = ("sensor", "correlator")
#: All three at once in half of the kills; a part alone leaves the others at work.
VICTIMS: tuple[tuple[str, ...], ...] = (
    *[PARTS] * 6,
    ("sensor",),
    ("correlator",),
    ("sensor", "correlator"),
    ("sensor", "incident-api"),
    ("correlator", "incident-api"),
)
#: Longest time in which nothing moves, on the most loaded machine.
STANDSTILL_SECONDS = 180.0
_LOOK_SECONDS = 0.02
#: Own rules: what the shipped ones find may change, what this proves may not.
RULES = """
title: Refused log-in
id: 0d0f9d3e-31f7-4a7e-9b0c-3f0a2e6b7c01
name: refused
logsource: {product: khien, service: host.auth}
detection: {s: {event.action: login, event.outcome: failure}, condition: s}
level: informational
---
title: Many refused log-ins
id: 0d0f9d3e-31f7-4a7e-9b0c-3f0a2e6b7c02
name: many_refused
correlation:
  type: event_count
  rules: [refused]
  group-by: [source.ip]
  timespan: 60s
  condition: {gte: 12}
level: high
"""


@dataclass(frozen=True, slots=True)
class Gauges:
    """How far each part has come: events acknowledged to the sensor, events in the store, alerts and their hits with people."""

    taken: int
    stored: int
    alerts: tuple[int, int]

    def of(self, part: str) -> object:
        """What this part moves."""
        return {"sensor": self.taken, "correlator": self.stored, "incident-api": self.alerts}[part]


@dataclass(frozen=True)
class Platform:
    """Three real processes over one folder of data, by their public commands."""

    home: Home
    log: Path
    page: int
    ingest: int
    internal: int

    @classmethod
    def create(cls, folder: Path, log: Path) -> Platform:
        platform = cls(Home(folder), log, *free_ports((0, 0, 0)))
        folder.mkdir()
        (folder / "rules.yml").write_text(RULES, encoding="utf-8")
        subprocess.run([*platform.khien(), "setup", "--sensor", "host"], check=True, capture_output=True)
        return platform

    def khien(self) -> list[str]:
        return [sys.executable, "-m", "khien", "--home", str(self.home.root), "--language", "en"]

    def commands(self) -> dict[str, list[str]]:
        return {
            "incident-api": [*self.khien(), "incident-api", "--port", str(self.page), "--internal-port", str(self.internal)],
            "correlator": [
                *(*self.khien(), "correlator", "--ingest-port", str(self.ingest)),
                *("--incident-api", f"https://localhost:{self.internal}", "--exercise-sensor", f"host={DATASET}"),
                *("--rules", str(self.home.root / "rules.yml")),
            ],
            "sensor": [
                *(*self.khien(), "sensor", "run", "--name", "host", "--server", f"https://localhost:{self.ingest}"),
                *("--dataset", DATASET, "--once", "--year", "2026", "--read", f"{self.log}:syslog"),
            ],
        }

    @contextmanager
    def life(self, order: list[str]) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
        """Start the parts in this order; whatever still runs at the end is killed."""
        commands = self.commands()
        with (self.home.root / "messages.log").open("ab") as messages:
            processes = {name: subprocess.Popen(commands[name], stdout=messages, stderr=messages) for name in order}
            try:
                yield processes
            finally:
                for process in processes.values():
                    process.kill()
                for process in processes.values():
                    process.wait()

    def finish(self) -> tuple[dict[str, int], list[str], Ledger]:
        """Let everything end; alert id → hits, the ids that the incident API has, and the ledger."""
        with self.life(list(PARTS)) as processes:
            # The end that the sensor promises makes the alerts: before it, all events may be stored and none be alerted.
            assert processes["sensor"].wait(STANDSTILL_SECONDS) == 0, self.messages()
            alerts = self._settled()
            for name in ("correlator", "incident-api"):
                processes[name].terminate()
                assert processes[name].wait(60) == 0, self.messages()
        return alerts, self._with_people(), self._ledger()

    def gauges(self) -> Gauges:
        """How far everything has come, read beside the processes or after them."""
        taken = self._asked(self.home.correlator / "ingest.db", "select coalesce(sum(acked_seq), 0) from marks")
        stored = [
            self._asked(path, "select value from meta where name = 'events'") for path in sorted(self.home.events.rglob("*.db"))
        ]
        alerts = self._asked(self.home.incident_api / "state.db", "select count(*), coalesce(sum(hits), 0) from alerts")
        return Gauges(taken[0], sum(count for count, *_ in stored), (alerts[0], alerts[-1]))

    @staticmethod
    def _asked(path: Path, question: str) -> tuple[int, ...]:
        """Nothing where there is no such file, or no such table yet."""
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5.0)) as connection:
                return tuple(connection.execute(question).fetchone() or (0,))
        except sqlite3.Error:
            return (0,)

    def messages(self) -> str:
        """The last of what the processes said."""
        return (self.home.root / "messages.log").read_text()[-2000:]

    def _settled(self) -> dict[str, int]:
        """The alerts, once all events are stored and all alerts are with people; ends when nothing moves for long."""
        store = open_store("sqlite:", home=self.home, clock=SystemClock(), is_read_only=True) if self.wait_for_events() else None
        assert store is not None
        try:
            deadline, before = time.monotonic() + STANDSTILL_SECONDS, (-1, -1, -1)
            while True:
                alerts = store.get_alerts(list(store.alert_ids(DATASET)))
                now = (store.count(DATASET), sum(alert.hits for alert in alerts.values()), self.gauges().alerts[0])
                if now == before and now[0] == LINES and now[2] == len(alerts):
                    return {alert.id: alert.hits for alert in alerts.values()}
                if now != before:
                    deadline = time.monotonic() + STANDSTILL_SECONDS
                assert time.monotonic() < deadline, (now, self.messages())
                before = now
                time.sleep(2.0)
        finally:
            store.close()

    def wait_for_events(self) -> bool:
        """Until there is a store with events."""
        return self.moves(lambda: self.gauges().stored > 0)

    def moves(self, is_reached: Callable[[], bool], *, most_seconds: float = STANDSTILL_SECONDS) -> bool:
        """Whether it came about within this time."""
        ends = time.monotonic() + most_seconds
        while not is_reached():
            if time.monotonic() > ends:
                return False
            time.sleep(_LOOK_SECONDS)
        return True

    def _with_people(self) -> list[str]:
        database = Database(f"sqlite:///{self.home.incident_api / 'state.db'}")
        try:
            migrate(database)
            with database.read() as session:
                return sorted(session.execute(text("select id from alerts")).scalars())
        finally:
            database.close()

    def _ledger(self) -> Ledger:
        log, checkpoint = IngestLog(self.home.correlator / "ingest.db"), Checkpoint(self.home.correlator / "checkpoint.db")
        try:
            return read_ledger(log, checkpoint, dataset=DATASET)
        finally:
            checkpoint.close()
            log.close()


def write_log(path: Path) -> None:
    """Ordinary lines, and guessing of many addresses that overlaps in time."""
    chance = random.Random(13)
    seconds = 0.0
    with path.open("w", encoding="utf-8") as file:
        for _ in range(LINES):
            seconds += chance.expovariate(4.0)
            minute, second = divmod(int(seconds), 60)
            hour, minute = divmod(minute, 60)
            head = f"Nov 10 {hour:02d}:{minute:02d}:{second:02d} portal sshd[{chance.randint(100, 999)}]:"
            address = f"203.0.113.{chance.randint(1, 8)}"
            if chance.random() < 0.3:
                file.write(f"{head} Failed password for root from {address} port 4711 ssh2\n")
            else:
                file.write(f"{head} Connection closed by {address} port 4711 [preauth]\n")


@dataclass
class Killing:
    """Processes that run on from kill to kill, and what the kills hit."""

    platform: Platform
    chance: random.Random
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    hits: Counter[str] = field(default_factory=Counter)
    at_work: int = 0

    def start_missing(self) -> None:
        """What does not run, in any order."""
        names = [name for name in PARTS if name not in self.processes]
        self.chance.shuffle(names)
        commands = self.platform.commands()
        for name in names:
            with (self.platform.home.root / "messages.log").open("ab") as messages:
                self.processes[name] = subprocess.Popen(commands[name], stdout=messages, stderr=messages)

    def work_until(self, goal: int, victims: Sequence[str]) -> None:
        """Until the store has so many events and what will be killed has moved; the sensor is held where it runs ahead."""
        before = self.platform.gauges()
        limit = max(goal, before.taken) + LINES // POINTS // 2
        is_held = False

        def is_reached() -> bool:
            nonlocal is_held
            now = self.platform.gauges()
            if (now.taken > limit) is not is_held and self.processes["sensor"].poll() is None:
                is_held = not is_held
                self.processes["sensor"].send_signal(signal.SIGSTOP if is_held else signal.SIGCONT)
            reached = now.taken if victims == ("sensor",) else now.stored
            return reached >= goal and all(now.of(name) != before.of(name) for name in victims if name in WORKERS)

        self.platform.moves(is_reached)
        if is_held and self.processes["sensor"].poll() is None:
            self.processes["sensor"].send_signal(signal.SIGCONT)

    def kill(self, victims: Sequence[str], before: Gauges) -> None:
        """All at once; a kill hits work where all of them live, have moved something since they started, and are not done."""
        now = self.platform.gauges()
        hit = [
            name
            for name in victims
            if self.processes[name].poll() is None and (name not in WORKERS or now.of(name) != before.of(name))
        ]
        is_work_left = now.stored < LINES
        for name in victims:
            self.processes[name].kill()
        for name in victims:
            self.processes.pop(name).wait()
        if is_work_left:
            self.hits.update(hit)
            self.at_work += len(hit) == len(victims)

    def end(self) -> None:
        """Whatever still runs."""
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait()


def kill_many_times(platform: Platform, *, seed: int) -> Killing:
    """One kill in ten falls somewhere into the start, the others once the work has come so far."""
    chance = random.Random(seed)
    killing = Killing(platform, chance)
    try:
        for number in range(POINTS):
            victims = chance.choice(VICTIMS)
            before = platform.gauges()
            killing.start_missing()
            if chance.random() < 0.1:
                time.sleep(chance.uniform(0.1, 5.0))
            else:
                killing.work_until(int(LINES * (number + chance.uniform(0.2, 0.9)) / (POINTS + 1)), victims)
            killing.kill(victims, before)
    finally:
        killing.end()
    return killing


@pytest.mark.fault("F013")
@pytest.mark.slow
@pytest.mark.timeout(1_200 + 120 * POINTS)
def test_everything_killed_and_started_in_any_order_changes_nothing(tmp_path: Path) -> None:
    log = tmp_path / "auth.log"
    write_log(log)
    expected, posted, ledger = Platform.create(tmp_path / "undisturbed", log).finish()
    assert len(expected) >= 4
    assert posted == sorted(expected)
    assert ledger.total("stored") == LINES

    platform = Platform.create(tmp_path / "killed", log)
    killing = kill_many_times(platform, seed=31)
    print(f"{killing.at_work} of {POINTS} kills hit work under way, {dict(killing.hits)}; {len(expected)} alerts")  # noqa: T201
    assert killing.at_work >= POINTS * 2 // 3, f"only {killing.at_work} of {POINTS} kills hit work under way"
    assert all(killing.hits[name] >= POINTS // 4 for name in WORKERS), killing.hits
    alerts, posted, ledger = platform.finish()
    assert alerts == expected
    assert posted == sorted(expected)
    assert ledger.is_balanced
    assert ledger.total("stored") == LINES
