"""The account of the markers: what came when, what never came."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.detect.report import figure
from tests.bench.end_to_end.arrivals import at, latency, others
from tests.bench.end_to_end.stream import Stream, marker


def test_the_first_arrival_of_a_marker_counts_and_a_lost_one_is_missing(tmp_path: Path) -> None:
    noted = tmp_path / "arrivals"
    noted.write_text("2500000 single 1000000\n9000000 single 1000000\n3000000 other 0\n4000000 three 1000000\n")
    found = latency(noted, "single", sent=2)
    assert (found.p50, found.p99, found.most, found.missing) == (1.5, 1.5, 1.5, 1)
    assert others(noted) == 1


@pytest.mark.parametrize(("percent", "expected"), [(50, 50.0), (95, 95.0), (99, 99.0), (100, 100.0), (1, 1.0)])
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(percent: int, expected: float) -> None:
    assert at([float(number) for number in range(1, 101)], percent) == expected


def test_the_stream_dates_its_lines_with_the_time_it_is_told_a_microsecond_apart() -> None:
    line = b'{"@timestamp":"2015-03-25T17:36:01.158846Z","event":{"dataset":"network.flow"},"khien":{"schema":1}}'
    first, second = Stream([line]).take(2, now_us=1_795_408_814_000_007)
    assert first == (
        b'{"@timestamp":"2026-11-23T04:40:14.000007Z","event":{"dataset":"network.flow"},"khien":{"schema":1,"source":"bench"}}\n'
    )
    assert b".000008Z" in second


def test_three_markers_are_three_lines_of_one_user() -> None:
    lines = marker("three", now_us=1_795_408_814_000_007).splitlines()
    assert len(lines) == 3
    assert all(b'"name":"three-1795408814000007"' in line for line in lines)


def test_one_alert_that_never_came_misses_the_bound() -> None:
    assert [figure("end to end: alerts that never came", value).word for value in (0, 1)] == ["goal met", "missed"]
