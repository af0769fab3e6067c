"""F013: kill -9 sensor, correlator and incident API at random points, start them in any order: nothing lost, same alerts."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
LINES = 24_000
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
POINTS = int(os.environ.get("KHIEN_FAULT_POINTS", "20"))


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
        with self.life(["incident-api", "correlator", "sensor"]) as processes:
            assert processes["sensor"].wait(120) == 0, (self.home.root / "messages.log").read_text()[-2000:]
            alerts = self._settled()
            for name in ("correlator", "incident-api"):
                processes[name].terminate()
                assert processes[name].wait(30) == 0
        return alerts, self._with_people(), self._ledger()

    def _settled(self) -> dict[str, int]:
        store = open_store("sqlite:", home=self.home, clock=SystemClock(), is_read_only=True)
        try:
            deadline, before = time.monotonic() + 90, (-1, -1)
            while True:
                alerts = store.get_alerts(list(store.alert_ids(DATASET)))
                now = (store.count(DATASET), sum(alert.hits for alert in alerts.values()))
                if now == before and now[0] == LINES and len(self._with_people()) == len(alerts):
                    return {alert.id: alert.hits for alert in alerts.values()}
                assert time.monotonic() < deadline, (self.home.root / "messages.log").read_text()[-2000:]
                before = now
                time.sleep(2.0)
        finally:
            store.close()

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


@pytest.mark.fault("F013")
@pytest.mark.timeout(900 + 30 * POINTS)
def test_everything_killed_and_started_in_any_order_changes_nothing(tmp_path: Path) -> None:
    log = tmp_path / "auth.log"
    write_log(log)
    expected, posted, ledger = Platform.create(tmp_path / "undisturbed", log).finish()
    assert len(expected) >= 4
    assert posted == sorted(expected)
    assert ledger.total("stored") == LINES

    platform = Platform.create(tmp_path / "killed", log)
    chance = random.Random(31)
    for _ in range(POINTS):
        order = ["incident-api", "correlator", "sensor"]
        chance.shuffle(order)
        with platform.life(order):
            time.sleep(chance.uniform(0.3, 4.0))
    alerts, posted, ledger = platform.finish()
    assert alerts == expected
    assert posted == sorted(expected)
    assert ledger.is_balanced
    assert ledger.total("stored") == LINES
