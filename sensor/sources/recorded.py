"""Files that are read once to their end: captures and logs.

All of them are read by one thread in the order of their content's hash, so the same files in any order give the same stream.
The position is the number of events already given: a file is read again from its beginning after a crash and what was given
is passed over, which is exact for every format, whatever its parser remembers. A file promises `END` at its end and nothing
before (contract, section 2).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from khien.delivery import BATCH_BYTES, BATCH_EVENTS, END
from khien.errors import KhienError
from sensor.record import Priority
from sensor.rejects import Reject
from sensor.sources.parser import LineCutter, ParserFactory, Piece, parse_piece
from sensor.sources.source import Hand, Position, SourceBatch

_CHUNK_BYTES = 1 << 20


class EventBatch(Protocol):
    """What the engine's packet readers give (`khien_engine.packet.Batch`)."""

    @property
    def lines(self) -> bytes:
        """`count` events, newline-terminated."""

    @property
    def count(self) -> int:
        """How many events."""

    @property
    def last_time_us(self) -> int | None:
        """Event time of the newest packet."""


class PacketReader(Protocol):
    """A capture that is being decoded."""

    def __iter__(self) -> Iterator[EventBatch]:
        """Batches until the end."""

    def stats(self) -> Mapping[str, int]:
        """Totals so far: packets, bytes, errors by reason."""

    def close(self) -> None:
        """End it, also before its end."""


class EventFilePart(Protocol):
    """What the engine gives of a part of a file of events (`khien_engine.logs.EventFilePart`)."""

    @property
    def lines(self) -> bytes:
        """`count` events, newline-terminated."""

    @property
    def count(self) -> int:
        """How many events."""

    @property
    def rejected(self) -> list[tuple[str, str]]:
        """(place in the file, reason)."""


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a file's events, at most one record's worth."""

    lines: bytes
    count: int
    read: int
    rejects: tuple[Reject, ...]
    counters: Mapping[str, int]


class RecordedFile(Protocol):
    """One file as a row of steps, always the same ones."""

    @property
    def priority(self) -> Priority:
        """Packets are flow, logs are log."""

    def steps(self) -> Iterable[Step]:
        """Read it from its beginning."""


@dataclass(frozen=True, slots=True)
class RecordedCapture:
    """A capture file."""

    path: Path
    open_reader: Callable[[Path], PacketReader]
    priority: Priority = Priority.FLOW

    def steps(self) -> Iterator[Step]:
        """Its events."""
        reader = self.open_reader(self.path)
        try:
            for batch in reader:
                yield from parted(batch.lines, batch.count)
            yield Step(b"", 0, 0, (), dict(reader.stats()))
        finally:
            reader.close()


@dataclass(frozen=True, slots=True)
class RecordedLog:
    """A log file."""

    path: Path
    name: str
    make_parser: ParserFactory
    priority: Priority = Priority.LOG

    def steps(self) -> Iterator[Step]:
        """Its lines, the last one also without newline."""
        parser, cutter, offset = self.make_parser(), LineCutter(), 0
        for piece in self._pieces(cutter):
            parsed = parse_piece(piece, parser=parser, source=self.name, place=f"{self.path.name} offset {offset}")
            offset += piece.size
            yield Step(parsed.lines, parsed.count, parsed.read, parsed.rejects, {})
        last = parser.finish()
        yield from parted(last.lines, last.count)

    def _pieces(self, cutter: LineCutter) -> Iterator[Piece]:
        with self.path.open("rb") as file:
            while data := file.read(_CHUNK_BYTES):
                yield from cutter.feed(data)
        yield from cutter.end()


@dataclass(frozen=True, slots=True)
class RecordedEvents:
    """A file of events that are not lines: an event log file of Windows, JSON objects over several lines."""

    path: Path
    name: str
    open_parts: Callable[[Path], Iterable[EventFilePart]]
    priority: Priority = Priority.LOG

    def steps(self) -> Iterator[Step]:
        """Its events; what is damaged is named with its place (its bytes stay in the file)."""
        for part in self.open_parts(self.path):
            yield from parted(part.lines, part.count)
            if part.rejected:
                rejects = tuple(Reject(self.name, f"{self.path.name} {place}", reason, b"") for place, reason in part.rejected)
                yield Step(b"", 0, len(rejects), rejects, {})


class Recorded:
    """One recorded file as a source."""

    def __init__(self, file: RecordedFile, *, name: str, path: Path, dataset: str = "live") -> None:
        self.name = name
        self.priority = file.priority
        self.is_rereadable = True
        self.path = path
        self.content_hash = ""
        self._file = file
        self._dataset = dataset

    def open(self) -> None:
        """Prove that it can be read at all. Raises `input.not_found`, `input.empty`, `input.unreadable`."""
        self.content_hash = content_hash(self.path)

    def run(self, *, position: Position | None, hand: Hand, stop: threading.Event) -> None:
        """Give every event that was not given yet, then promise the end."""
        if position is not None and (
            position.get("sha256") != self.content_hash or position.get("dataset", self._dataset) != self._dataset
        ):
            # Another content under the same name is another file, and what went into another dataset is not in this one.
            position = None
        if position is not None and position.get("is_ended"):
            hand(SourceBatch(self.name, promise_us=END))
            return
        done = int(position["steps"]) if position else 0
        number = 0
        try:
            for number, step in enumerate(self._file.steps(), start=1):
                if stop.is_set() or (number > done and not hand(self._batch(step, number))):
                    return
        except OSError as error:
            raise KhienError("input.unreadable", path=str(self.path), reason=error.strerror or str(error)) from error
        hand(SourceBatch(self.name, position={**self._position(number), "is_ended": 1}, promise_us=END))

    def close(self) -> None:
        """Nothing stays open between steps."""

    def _position(self, steps: int) -> Position:
        return {"sha256": self.content_hash, "steps": steps, "dataset": self._dataset}

    def _batch(self, step: Step, number: int) -> SourceBatch:
        return SourceBatch(
            source=self.name,
            lines=step.lines,
            count=step.count,
            read=step.read,
            rejects=step.rejects,
            position=self._position(number),
            counters=step.counters,
        )


def in_order(sources: Iterable[Recorded]) -> list[Recorded]:
    """By content, then by name: the order given, and where the files lie, change nothing. They must be open."""
    return sorted(sources, key=lambda source: (source.content_hash, source.name))


def content_hash(path: Path) -> str:
    """SHA-256 of a file, hex; or the one clear error for a file that cannot be an input."""
    check_readable(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_readable(path: Path) -> None:
    """Raise the one clear error for a file that cannot be an input."""
    try:
        if not path.exists():
            raise KhienError("input.not_found", path=str(path))
        if path.is_dir():
            raise KhienError("input.unreadable", path=str(path), reason="it is a folder")
        if path.stat().st_size == 0:
            raise KhienError("input.empty", path=str(path))
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise KhienError("input.unreadable", path=str(path), reason=error.strerror or str(error)) from error


def parted(lines: bytes, count: int) -> Iterator[Step]:
    """The events of a batch in parts that fit into a record."""
    if count <= BATCH_EVENTS and len(lines) <= BATCH_BYTES:
        if count:
            yield Step(lines, count, count, (), {})
        return
    rows = lines.split(b"\n")[:-1]
    start, size = 0, 0
    for end, row in enumerate(rows):
        if end > start and (end - start == BATCH_EVENTS or size + len(row) + 1 > BATCH_BYTES):
            yield Step(b"\n".join(rows[start:end]) + b"\n", end - start, end - start, (), {})
            start, size = end, 0
        size += len(row) + 1
    yield Step(b"\n".join(rows[start:]) + b"\n", len(rows) - start, len(rows) - start, (), {})
