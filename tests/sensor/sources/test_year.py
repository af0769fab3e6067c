"""The year of lines that state none, with the engine's own parser."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from khien.clock import ManualClock, format_utc, parse_utc
from sensor.sources.engine import log_parser
from sensor.sources.parser import LineParser
from sensor.sources.year import CurrentYear, year_at, year_of_recorded

make_parser: Callable[[int], LineParser] = partial(
    lambda year, **more: log_parser("syslog", year=year, **more), source="auth.log", utc_offset_minutes=420, host="gate"
)


def written(tmp_path: Path, *dates: str, modified: str) -> Path:
    path = tmp_path / "auth.log"
    path.write_text("".join(f"{date} 09:00:00 gate sshd[1]: Server listening on 0.0.0.0 port 22.\n" for date in dates))
    time_ns = parse_utc(modified) * 1000
    os.utime(path, ns=(time_ns, time_ns))
    return path


@pytest.mark.parametrize(
    ("dates", "modified", "wanted"),
    [
        (("Nov 10", "Nov 11"), "2026-11-11T02:00:00+00:00", 2026),
        # Copied next spring: November of 2027 would be in the future.
        (("Nov 10", "Nov 11"), "2027-03-01T00:00:00+00:00", 2026),
        # Over a new year: the first line is of the year before.
        (("Dec 30", "Jan 02"), "2027-01-02T03:00:00+00:00", 2026),
        # The clock on the wall may be ahead of UTC: New Year in Hue is still 2026 in UTC.
        (("Jan 01",), "2026-12-31T20:00:00+00:00", 2027),
    ],
)
def test_a_recorded_log_is_not_newer_than_its_file(tmp_path: Path, dates: tuple[str, ...], modified: str, wanted: int) -> None:
    path = written(tmp_path, *dates, modified=modified)
    written_year = year_at(parse_utc(modified), utc_offset_minutes=420)
    assert year_of_recorded(path, make_parser, written_year=written_year, near_us=None, utc_offset_minutes=0) == wanted


def test_a_capture_beside_it_knows_better_than_the_files_time(tmp_path: Path) -> None:
    path = written(tmp_path, "Nov 10", modified="2028-12-01T00:00:00+00:00")
    near_us = parse_utc("2026-11-10T01:00:00+00:00")
    assert year_of_recorded(path, make_parser, written_year=2028, near_us=near_us, utc_offset_minutes=0) == 2026


@pytest.mark.parametrize(("now", "wanted"), [("2026-11-10T03:00:00+00:00", "2026"), ("2027-01-03T00:00:00+00:00", "2026")])
def test_a_line_that_is_written_now_is_never_in_the_future(now: str, wanted: str) -> None:
    parser = CurrentYear(make_parser, clock=ManualClock(parse_utc(now)), utc_offset_minutes=420)
    batch = parser.parse(b"Nov 10 09:00:00 gate sshd[1]: Server listening on 0.0.0.0 port 22.\n")
    assert batch.last_time_us is not None
    assert format_utc(batch.last_time_us) == f"{wanted}-11-10T02:00:00.000000Z"


def test_the_year_turns_while_a_log_is_followed() -> None:
    clock = ManualClock(parse_utc("2026-12-31T16:00:00+00:00"))
    parser = CurrentYear(make_parser, clock=clock, utc_offset_minutes=420)
    parser.parse(b"Dec 31 22:59:00 gate sshd[1]: Server listening on 0.0.0.0 port 22.\n")
    clock.advance(seconds=86_400)
    batch = parser.parse(b"Jan  1 22:59:00 gate sshd[1]: Server listening on 0.0.0.0 port 22.\n")
    assert batch.last_time_us is not None
    assert format_utc(batch.last_time_us)[:10] == "2027-01-01"
