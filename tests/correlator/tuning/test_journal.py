"""A journal that anybody changed by hand counts for nothing, and says so; what was written stays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from correlator.tuning.journal import Action, Journal
from khien.clock import SystemClock
from khien.errors import KhienError
from tests.correlator.tuning.test_entry import GOOD

NEW = replace(GOOD, id="")
Lines = list[bytes]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "tuning.jsonl", clock=SystemClock())


def test_entries_are_numbered_renewed_and_removed_and_every_change_stays(journal: Journal) -> None:
    first, second = (journal.append(Action.ADD, NEW, actor="an") for _ in range(2))
    assert (first.id, second.id) == ("T0001", "T0002")
    journal.append(Action.RENEW, replace(first, version=2), actor="an")
    journal.append(Action.REMOVE, second, actor="minh")
    assert journal.append(Action.ADD, NEW, actor="an").id == "T0003"
    state = journal.read()
    assert {name: entry.version for name, entry in state.entries.items()} == {"T0001": 2, "T0003": 1}
    assert [(one.action, one.actor) for one in state.changes][3] == (Action.REMOVE, "minh")
    assert state.fault is None


def forge_owner(lines: Lines) -> Lines:
    return [lines[0].replace(b'"lan"', b'"eve"'), *lines[1:]]


def forge_expiry(lines: Lines) -> Lines:
    document = orjson.loads(lines[1])
    document["entry"]["expires"] = "2099-01-01T00:00:00.000000Z"
    return [lines[0], orjson.dumps(document), *lines[2:]]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (forge_owner, 1),
        (forge_expiry, 2),
        (lambda lines: lines[1:], 1),  # the first change never happened
        (lambda lines: [lines[0], lines[2]], 2),  # the second never happened
        (lambda lines: [lines[1], lines[0], lines[2]], 1),
        (lambda lines: [*lines, b"{}"], 4),
        (lambda lines: [*lines, lines[2]], 4),
        (lambda lines: [*lines[:2], lines[2][:40]], 3),
    ],
)
def test_a_line_that_was_changed_by_hand_takes_everything_out_of_force(
    journal: Journal, change: Callable[[Lines], Lines], line: int
) -> None:
    for _ in range(3):
        journal.append(Action.ADD, NEW, actor="an")
    journal.path.write_bytes(b"\n".join(change(journal.path.read_bytes().splitlines())) + b"\n")
    state = journal.read()
    assert state.entries == {}
    assert state.fault is not None
    assert state.fault.startswith(f"line {line}:")
    with pytest.raises(KhienError) as caught:
        journal.append(Action.ADD, NEW, actor="an")
    assert caught.value.code == "tuning.journal_broken"


def test_those_who_write_at_once_lose_nothing(journal: Journal) -> None:
    def write() -> None:
        for _ in range(10):
            journal.append(Action.ADD, NEW, actor="an")

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(journal.read().entries) == 40


def test_only_the_owner_reads_it(journal: Journal) -> None:
    journal.append(Action.ADD, NEW, actor="an")
    assert journal.path.stat().st_mode & 0o077 == 0
