"""Lines are kept in blocks, found by time, and dropped by age and budget."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from correlator.kept import KEPT_US, KeptLines
from tests.correlator.stream import SECOND, START_US, login

DATASET = "live"
DAY = 86_400


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[apsw.Connection]:
    opened = apsw.Connection(str(tmp_path / "kept.db"))
    yield opened
    opened.close()


def read(kept: KeptLines, first: float, last: float, *, dataset: str = DATASET) -> list[bytes]:
    blocks = kept.read(dataset, first_us=START_US + round(first * SECOND), last_us=START_US + round(last * SECOND))
    return [line for block in blocks for line in block.lines.splitlines(keepends=True)]


def test_what_was_kept_comes_back_by_time_in_the_order_it_came(connection: apsw.Connection) -> None:
    kept = KeptLines(connection)
    early, late = [login(5), login(1)], [login(100), login(90)]
    kept.add(DATASET, late, ingested_us=START_US + 100 * SECOND)
    kept.add(DATASET, early, ingested_us=START_US + 101 * SECOND)
    assert read(kept, 0, 200) == [*late, *early]
    assert read(kept, 5, 5) == early
    assert read(kept, 6, 89) == []
    assert read(kept, 100, 100) == late
    assert read(kept, 0, 200, dataset="import:x") == []


def test_a_block_knows_when_it_was_taken_in(connection: apsw.Connection) -> None:
    kept = KeptLines(connection)
    kept.add(DATASET, [login(9_000)], ingested_us=START_US)
    (block,) = kept.read(DATASET, first_us=START_US, last_us=START_US)  # a wrong clock: it counts at its intake
    assert block.ingested_us == START_US


def test_what_is_older_than_seven_days_goes_and_is_no_loss(connection: apsw.Connection) -> None:
    kept = KeptLines(connection)
    for day in (0, 1):
        kept.add(DATASET, [login(day * DAY)], ingested_us=START_US)
    assert kept.trim(DATASET, watermark_us=START_US + KEPT_US + SECOND) == 0
    assert read(kept, 0, 9 * DAY) == [login(DAY)]
    assert kept.since_us(DATASET) is not None


def test_beyond_the_budget_the_oldest_goes_and_is_counted(connection: apsw.Connection) -> None:
    kept = KeptLines(connection, most_bytes=1_000)
    for number in range(20):
        kept.add(DATASET, [login(number, address=f"203.0.113.{number}"), login(number)], ingested_us=START_US)
    dropped = kept.trim(DATASET, watermark_us=START_US)
    left = read(kept, 0, 100)
    assert 0 < len(left) < 40
    assert dropped == 40 - len(left)
    assert left[-1] == login(19)
    assert KeptLines(connection, most_bytes=1_000).trim(DATASET, watermark_us=START_US) == 0


def test_many_lines_are_several_blocks_and_a_forgotten_dataset_is_none(connection: apsw.Connection) -> None:
    kept = KeptLines(connection)
    lines = [login(number / 100) for number in range(30_000)]
    kept.add(DATASET, lines, ingested_us=START_US)
    assert len(list(kept.read(DATASET, first_us=START_US, last_us=START_US + 1_000 * SECOND))) > 1
    assert read(kept, 0, 1_000) == lines
    kept.forget(DATASET)
    assert kept.since_us(DATASET) is None
