"""F002: kill -9 the correlator at random points inside windows: the ledger balances and the alerts are the same."""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.faults.correlator_victim import BAD_EVERY, EVENTS, GATE, main

#: A fork of this process has everything imported already, so that its life is its work.
FORK = multiprocessing.get_context("fork")


def finish(folder: Path) -> dict[str, Any]:
    process = FORK.Process(target=main, args=(folder,))
    process.start()
    process.join(60)
    assert process.exitcode == 0, "its error is in the captured output"
    process.close()
    report: dict[str, Any] = orjson.loads((folder / "report.json").read_bytes())
    return report


def kill_after(folder: Path, seconds: float) -> bool:
    """Whether it was still at work when it was killed; time counts from when it began to work."""
    (folder / GATE).unlink(missing_ok=True)
    process = FORK.Process(target=main, args=(folder,))
    process.start()
    deadline = time.monotonic() + 30
    while not (folder / GATE).exists():
        assert time.monotonic() < deadline
        assert process.is_alive()
        time.sleep(0.001)
    process.join(seconds)
    process.kill()
    process.join()
    was_killed = process.exitcode == -signal.SIGKILL
    process.close()
    return was_killed


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], float]:
    """What an uninterrupted run says, and how long its work took."""
    folder = tmp_path_factory.mktemp("undisturbed")
    report = finish(folder)
    took = (folder / "report.json").stat().st_mtime - (folder / GATE).stat().st_mtime
    return report, took


def check(folder: Path, expected: dict[str, Any]) -> None:
    report = finish(folder)
    ledger = report["ledger"]
    assert report["alerts"] == expected["alerts"]
    assert report["events"] == expected["events"]
    assert ledger["balanced"]
    assert ledger["stored"] == EVENTS - EVENTS // BAD_EVERY
    assert ledger["rejected"] == {"line_frame": EVENTS // BAD_EVERY}
    assert ledger["matches"] == expected["ledger"]["matches"]
    # Everything that was delivered again was recognised: what was read beyond the stream is exactly the duplicates.
    assert ledger["read"] - ledger["duplicates"] == EVENTS


def run(folder: Path, undisturbed: tuple[dict[str, Any], float], *, points: int, seed: int) -> None:
    """Kills in a row in one folder, a few a life, until so many have hit it at work."""
    expected, took = undisturbed
    chance = random.Random(seed)
    hit = round_number = 0
    while hit < points:
        round_number += 1
        assert round_number <= points * 3
        life = folder / str(round_number)
        life.mkdir()
        for _ in range(chance.randint(1, 4)):
            hit += kill_after(life, chance.uniform(0, took * 0.8))
        check(life, expected)


@pytest.mark.fault("F002")
def test_the_undisturbed_run_opens_several_alerts_that_span_checkpoints(undisturbed: tuple[dict[str, Any], float]) -> None:
    report, _ = undisturbed
    assert len(report["alerts"]) >= 4
    assert max(hits for _, hits, _ in report["alerts"]) > 10


@pytest.mark.fault("F002")
@pytest.mark.timeout(240)
def test_twenty_kills_change_neither_alerts_nor_ledger(tmp_path: Path, undisturbed: tuple[dict[str, Any], float]) -> None:
    run(tmp_path, undisturbed, points=20, seed=2)


@pytest.mark.fault("F002")
@pytest.mark.slow
@pytest.mark.timeout(2_400)
def test_two_hundred_kills_change_neither_alerts_nor_ledger(tmp_path: Path, undisturbed: tuple[dict[str, Any], float]) -> None:
    run(tmp_path, undisturbed, points=200, seed=3)
