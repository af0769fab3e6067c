"""Kill -9 while it sends: nothing is lost, and what is repeated carries the same key."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from incident_api.notifications import outbox, sender
from incident_api.notifications.states import State
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import ROOT, START_US
from tests.incident_api.notifications.house import NOTICE, Recorder, drain, house, rows

_CHILD = """
import sys
from dataclasses import dataclass
from pathlib import Path
from incident_api.notifications import sender
from incident_api.notifications.channels.channel import Taken
from khien.clock import ManualClock
from tests.incident_api.notifications.house import house

class File:
    def send(self, message, *, address):
        with open(sys.argv[2], "a") as file:
            file.write(message.key + "\\n")
        return Taken()
    def close(self):
        pass

with house(Path(sys.argv[1]), ManualClock(int(sys.argv[3]))) as runtime:
    print("ready", flush=True)
    sender.drain(runtime, {"mail": File()}, now_us=runtime.clock.now_us())
    print("done", flush=True)
"""


def killed_once(folder: Path, journal: Path, *, at_us: int, seconds: float) -> bool:
    """Run a sender and kill it after so many seconds; whether it had finished by itself."""
    environment = dict(os.environ)
    command = [sys.executable, "-c", _CHILD, str(folder), str(journal), str(at_us)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read()
    return b"done" in rest


def survives(folder: Path, *, notices: int, kills: int, seed: int) -> tuple[int, int]:
    """How many messages were sent more than once, and how many kills hit a sender at work."""
    chance = random.Random(seed)
    journal = folder / "journal.txt"
    journal.touch()
    with house(folder, ManualClock(START_US)) as runtime:
        put_many(runtime, notices)
        # Planned here, so that the kills fall between claim, sending and outcome.
        sender.plan_due(runtime, now_us=runtime.clock.now_us())
    hit = 0
    for number in range(kills):
        hit += not killed_once(folder, journal, at_us=START_US + number * 151_000_000, seconds=chance.uniform(0.0, 0.25))
    with house(folder, ManualClock(START_US + (kills + 1) * 151_000_000)) as runtime:
        last = Recorder()
        drain(runtime, mail=last)
        found = rows(runtime)
    sent = Counter([*journal.read_text().split(), *(message.key for _, message in last.sent)])
    assert {row.state for row in found} == {State.SENT}
    # Every notice left, none with a second key.
    assert set(sent) == {row.bundle for row in found}
    assert len(sent) == notices
    return sum(count > 1 for count in sent.values()), hit


@pytest.mark.timeout(120)
def test_a_sender_that_is_killed_loses_nothing_and_invents_no_key(tmp_path: Path) -> None:
    survives(tmp_path, notices=30, kills=2, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    repeated, hit = survives(tmp_path, notices=3000, kills=100, seed=2)
    print(f"kills at work {hit}, messages repeated with the same key {repeated}")  # noqa: T201 - a figure for people
    assert hit > 30
    # Some died between sending and outcome: the repeat is what this test is about.
    assert repeated > 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_ten_thousand_notices_are_drained(tmp_path: Path, clock: ManualClock) -> None:
    with house(tmp_path, clock) as runtime:
        put_many(runtime, 10_000)
        began = time.monotonic()
        mail = Recorder()
        assert drain(runtime, mail=mail) == 10_000
        took = time.monotonic() - began
        print(f"10,000 notices in {took:.0f} s, {10_000 / took:.0f} a second")  # noqa: T201 - a figure for people
        assert len({message.key for _, message in mail.sent}) == 10_000


def put_many(runtime: Runtime, count: int) -> None:
    with runtime.database.write() as session:
        for number in range(count):
            outbox.put(runtime, session, replace(NOTICE, key=f"step/{number}", urgency="M1"), now_us=runtime.clock.now_us())
