"""What is acknowledged stays for a while, and nothing else goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensor.catalogue import Catalogue, Segment
from sensor.cursor import Mark
from sensor.retention import Retention
from sensor.segment import SegmentHeader


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """Five segments of 1,000 bytes and 10 events, the last in a second epoch."""
    segments = []
    for number in range(1, 6):
        header = SegmentHeader(1 if number < 5 else 2, number, number * 10 - 9 if number < 5 else 1, "gateway", "live")
        path = tmp_path / header.file_name
        path.write_bytes(b"x")
        segments.append(Segment(path, header, 0, 1_000, header.first_seq + 10))
    return Catalogue(segments)


def left(catalogue: Catalogue) -> list[int]:
    numbers = [segment.header.number for segment in catalogue.segments()]
    assert all(segment.path.exists() for segment in catalogue.segments())
    return numbers


def test_acknowledged_segments_go_after_half_an_hour_and_not_before(catalogue: Catalogue) -> None:
    retention = Retention(catalogue)
    retention.sweep(Mark(1, 25), reading=3, now=0)
    retention.sweep(Mark(1, 25), reading=3, now=1_799)
    assert left(catalogue) == [1, 2, 3, 4, 5]
    retention.sweep(Mark(1, 25), reading=3, now=1_800)
    assert left(catalogue) == [3, 4, 5]


def test_more_than_the_limit_goes_at_once_the_oldest_first(catalogue: Catalogue) -> None:
    assert Retention(catalogue, keep_bytes=1_500).sweep(Mark(1, 30), reading=4, now=0) == 2
    assert left(catalogue) == [3, 4, 5]


def test_a_segment_that_is_not_wholly_acknowledged_stays(catalogue: Catalogue) -> None:
    Retention(catalogue, keep_seconds=0).sweep(Mark(1, 19), reading=5, now=0)
    assert left(catalogue) == [2, 3, 4, 5]


def test_a_segment_whose_promises_may_be_unsent_stays(catalogue: Catalogue) -> None:
    Retention(catalogue, keep_seconds=0).sweep(Mark(1, 40), reading=2, now=0)
    assert left(catalogue) == [2, 3, 4, 5]


def test_the_newest_segment_stays_because_it_knows_the_numbers(catalogue: Catalogue) -> None:
    Retention(catalogue, keep_seconds=0).sweep(Mark(2, 10), reading=99, now=0)
    assert left(catalogue) == [5]


def test_a_segment_that_somebody_deleted_already_is_no_error(catalogue: Catalogue) -> None:
    catalogue.segments()[0].path.unlink()
    assert Retention(catalogue, keep_seconds=0).sweep(Mark(1, 20), reading=5, now=0) == 2
    assert left(catalogue) == [3, 4, 5]
