"""Log lines in, events out: the engine's parsers with the rejects kept raw.

Lines are cut here, bounded, so that one without an end cannot fill the memory; what they mean is the engine's business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from khien.delivery import BATCH_EVENTS, LINE_BYTES
from sensor.rejects import Reject

#: How many events a parser may hold back until it is told to finish.
WAITING_EVENTS = 64
#: A piece of a chunk that is parsed at once: its lines, one more event for each, and those that waited fit into one record with
#: the position behind them.
PIECE_LINES = (BATCH_EVENTS - WAITING_EVENTS) // 2


class ParsedLines(Protocol):
    """What the engine makes of some lines (`khien_engine.logs.LogBatch`)."""

    @property
    def lines(self) -> bytes:
        """`count` events, newline-terminated."""

    @property
    def count(self) -> int:
        """How many events."""

    @property
    def last_time_us(self) -> int | None:
        """Event time of the newest."""

    @property
    def rejected(self) -> list[tuple[int, str]]:
        """(index of the line in what was given, reason)."""


class LineParser(Protocol):
    """A format of the engine (`khien_engine.logs.LogParser`)."""

    def parse(self, lines: bytes) -> ParsedLines:
        """Parse newline-terminated lines; a line may give one more event about itself and others (the audit log's joined ones)."""

    def finish(self) -> ParsedLines:
        """Events that still waited for more lines: the input is over, or quiet. At most `WAITING_EVENTS`."""


#: Makes a parser; asked again when what it depends on changes (a new year, a new sender).
ParserFactory = Callable[[], LineParser]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some whole lines of an input, and the bytes they took there (overlong ones cost more than they hold)."""

    lines: tuple[bytes, ...]
    size: int
    overlong: tuple[bytes, ...] = ()


class LineCutter:
    """Cuts a stream of bytes into pieces of whole lines; what has no end yet waits inside, at most `LINE_BYTES` of it."""

    def __init__(self) -> None:
        self._partial = b""
        #: Bytes of a line that is already too long, beyond those that are kept.
        self._skipped = 0

    @property
    def waiting_bytes(self) -> int:
        """Bytes taken in that are in no piece yet."""
        return len(self._partial) + self._skipped

    def feed(self, data: bytes) -> list[Piece]:
        """The pieces that these bytes complete."""
        cut = data.rfind(b"\n") + 1
        if not cut:
            self._hold(data)
            return []
        lines = data[: cut - 1].split(b"\n")
        pieces = [self._first(lines[0])]
        pieces.extend(_piece(lines[start : start + PIECE_LINES]) for start in range(1, len(lines), PIECE_LINES))
        self._partial, self._skipped = b"", 0
        self._hold(data[cut:])
        return pieces

    def end(self) -> list[Piece]:
        """The last line when it has no newline: the input is over."""
        if not self.waiting_bytes:
            return []
        pieces = [self._first(b"", newline_bytes=0)]
        self._partial, self._skipped = b"", 0
        return pieces

    def _hold(self, data: bytes) -> None:
        kept = min(len(data), LINE_BYTES + 1 - len(self._partial))
        self._partial += data[:kept]
        self._skipped += len(data) - kept

    def _first(self, rest: bytes, *, newline_bytes: int = 1) -> Piece:
        """The line that began in earlier bytes."""
        size = self.waiting_bytes + len(rest) + newline_bytes
        line = self._partial + rest[: LINE_BYTES + 1 - len(self._partial)]
        is_overlong = size - newline_bytes > LINE_BYTES
        return Piece((), size, (line[:LINE_BYTES],)) if is_overlong else Piece((line,), size)


def _piece(lines: list[bytes]) -> Piece:
    size = sum(map(len, lines)) + len(lines)
    if max(map(len, lines)) <= LINE_BYTES:
        return Piece(tuple(lines), size)
    whole = tuple(line for line in lines if len(line) <= LINE_BYTES)
    return Piece(whole, size, tuple(line[:LINE_BYTES] for line in lines if len(line) > LINE_BYTES))


@dataclass(frozen=True, slots=True)
class Parsed:
    """A piece as events and rejects: `read = count + len(rejects)`; an event that was made of several lines is read too."""

    lines: bytes
    count: int
    read: int
    last_time_us: int | None
    rejects: tuple[Reject, ...]


def parse_piece(piece: Piece, *, parser: LineParser, source: str, place: str) -> Parsed:
    """Parse; blank lines say nothing and are not read. `place` says where the piece stands."""
    lines = [line for line in piece.lines if line.strip()]
    overlong = tuple(Reject(source, place, "too_large", line) for line in piece.overlong)
    if not lines:
        return Parsed(b"", 0, len(overlong), None, overlong)
    batch = parser.parse(b"\n".join(lines) + b"\n")
    rejects = tuple(Reject(source, f"{place} line {index + 1}", reason, lines[index]) for index, reason in batch.rejected)
    read = batch.count + len(rejects) + len(overlong)
    return Parsed(batch.lines, batch.count, read, batch.last_time_us, rejects + overlong)
