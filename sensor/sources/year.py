"""The year of log lines that state none (RFC 3164 times: `Oct 11 22:14:15`).

In this order: `--year`; for a recorded log, the year that brings its newest line nearest to the first packet of a capture read
beside it, else the latest year in which its newest line is not after the file's own modification time; for a followed log and
for syslog, the year in which the first line is not in the future. From there on the engine turns the year by itself, forwards
at a new year. A day of grace covers clocks and zones. A file that spans more than a year needs `--year` (that of its first line).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

from khien.clock import MICROSECONDS, Clock
from sensor.sources.parser import LineCutter, LineParser, ParsedLines

_GRACE_US = 86_400 * MICROSECONDS
_CHUNK_BYTES = 1 << 20

#: A parser that takes this as the year of its first line.
ParserOfYear = Callable[[int], LineParser]


def year_at(time_us: int, *, utc_offset_minutes: int) -> int:
    """The year that a clock on the log's wall shows."""
    zone = dt.timezone(dt.timedelta(minutes=utc_offset_minutes))
    return dt.datetime.fromtimestamp(time_us / MICROSECONDS, tz=zone).year


def year_of_recorded(
    path: Path, make_parser: ParserOfYear, *, written_year: int, near_us: int | None, utc_offset_minutes: int
) -> int:
    """The year of the first line of a file; reads it whole, up to three times.

    `written_year` is that of the file's modification time, `near_us` the time of a capture of the same hours: with it, neither
    where the file was copied nor when matters.
    """
    if near_us is not None:
        middle = year_at(near_us, utc_offset_minutes=utc_offset_minutes)
        candidates = {year: _newest_us(path, make_parser(year)) for year in (middle, middle - 1, middle + 1)}
        near = {year: abs(newest_us - near_us) for year, newest_us in candidates.items() if newest_us is not None}
        return min(near, key=lambda year: near[year], default=middle)
    limit_us = path.stat().st_mtime_ns // 1000 + _GRACE_US
    for year in (written_year, written_year - 1):
        newest_us = _newest_us(path, make_parser(year))
        if newest_us is None or newest_us <= limit_us:
            return year
    return written_year


class CurrentYear:
    """A parser for lines that are written now: the first that would lie in the future is of the year before."""

    def __init__(self, make_parser: ParserOfYear, *, clock: Clock, utc_offset_minutes: int) -> None:
        self._make_parser = make_parser
        self._clock = clock
        self._utc_offset_minutes = utc_offset_minutes
        self._parser: LineParser | None = None

    def parse(self, lines: bytes) -> ParsedLines:
        """Parse; the year is settled by the first lines that have a time."""
        if self._parser is not None:
            return self._parser.parse(lines)
        now_us = self._clock.now_us()
        year = year_at(now_us, utc_offset_minutes=self._utc_offset_minutes)
        parser = self._make_parser(year)
        batch = parser.parse(lines)
        if batch.last_time_us is not None and batch.last_time_us > now_us + _GRACE_US:
            parser = self._make_parser(year - 1)
            batch = parser.parse(lines)
        if batch.last_time_us is not None:
            self._parser = parser
        return batch

    def finish(self) -> ParsedLines:
        """What the parser still held back."""
        return (self._parser or self._make_parser(1970)).finish()


def _newest_us(path: Path, parser: LineParser) -> int | None:
    """The newest event time of a file, as this parser reads it."""
    times = [batch.last_time_us for batch in map(parser.parse, _chunks(path)) if batch.last_time_us is not None]
    return max(times, default=None)


def _chunks(path: Path) -> Iterator[bytes]:
    """Whole lines of a file; overlong ones are left out."""
    cutter = LineCutter()
    with path.open("rb") as file:
        while data := file.read(_CHUNK_BYTES):
            for piece in cutter.feed(data):
                if piece.lines:
                    yield b"\n".join(piece.lines) + b"\n"
    for piece in cutter.end():
        if piece.lines:
            yield b"\n".join(piece.lines) + b"\n"
