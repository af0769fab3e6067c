"""Reads what is durable in the spool, in order of seq, from any mark on: the delivering thread's view.

What cannot be read any more (a flipped bit, a segment deleted by hand or after retention) comes out as a gap with its exact
range and reason, so the mark moves on and the loss is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import orjson

from khien.delivery import BatchKind
from sensor.catalogue import Catalogue, Segment
from sensor.cursor import Mark
from sensor.record import Decoder, Priority, Record, RecordKind
from sensor.segment import Damage, Found, SegmentReader

_KINDS = {RecordKind.EVENTS: BatchKind.EVENTS, RecordKind.PROMISE: BatchKind.PROMISE, RecordKind.GAP: BatchKind.GAP}


def split_lines(body: bytes) -> list[bytes]:
    """Newline-terminated lines, each with its newline (`bytes.splitlines` would also cut at a carriage return)."""
    return [line + b"\n" for line in body.split(b"\n")[:-1]]


@dataclass(frozen=True, slots=True)
class Item:
    """A stretch of one stream, ready to be sent. `state` is the sources' state behind it (None: not known)."""

    epoch: int
    dataset: str
    kind: BatchKind
    priority: Priority
    first_seq: int
    count: int
    body: bytes
    state: bytes | None

    @property
    def next_seq(self) -> int:
        """The seq after it."""
        return self.first_seq + self.count


@dataclass(slots=True)
class ReaderCounts:
    """What the reader could not give: damaged records, and events by reason."""

    damaged: int = 0
    lost: dict[str, int] = field(default_factory=dict)

    def lose(self, reason: str, count: int) -> None:
        """Count events that are gone."""
        self.lost[reason] = self.lost.get(reason, 0) + count


class SpoolReader:
    """A position in the spool. `seek` first; `read` gives None when there is nothing more yet."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._decoder = Decoder()
        self.counts = ReaderCounts()
        self._epoch = 0
        self._segment: Segment | None = None
        self._file: SegmentReader | None = None
        self._at = 0
        self._expected = 1
        self._is_damaged = False

    @property
    def segment_number(self) -> int:
        """The segment it reads; the older ones are behind it. 0 before it has one."""
        return self._segment.header.number if self._segment else 0

    def epoch_beyond(self, mark: Mark | None) -> int | None:
        """The oldest epoch that has something beyond this mark; None when there is nothing."""
        for segment in self._catalogue.segments():
            if mark is None or Mark(segment.header.epoch, segment.next_seq - 1) > mark:
                return segment.header.epoch
        return None

    def seek(self, mark: Mark) -> None:
        """Go to the event after this mark, in its epoch."""
        self.close()
        self._epoch, self._expected = mark.epoch, mark.seq + 1

    def read(self) -> Item | None:
        """The next item of this epoch; None at the end of what is durable."""
        while (current := self._current()) is not None:
            segment, file = current
            found = file.next(at=self._at, limit=segment.end, expected_seq=self._expected)
            if isinstance(found, Damage):
                self._damage(found)
            elif found is not None:
                item = self._item(found, segment)
                if item is not None:
                    return item
            elif segment.next_seq > self._expected:
                return self._gap(until=segment.next_seq, segment=segment)
            elif not self._leave(segment):
                return None
        return None

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            self._file.close()
        self._segment, self._file, self._is_damaged = None, None, False

    def _current(self) -> tuple[Segment, SegmentReader] | None:
        """The segment that is read, as it is now, and its file."""
        if self._segment is None or self._file is None:
            return self._enter(self._first())
        self._segment = self._catalogue.get(self._segment.header.number) or self._segment
        return self._segment, self._file

    def _first(self) -> Segment | None:
        """Where the expected event stands, or would stand; a promise behind the last event stands in the last segment."""
        segments = [segment for segment in self._catalogue.segments() if segment.header.epoch == self._epoch]
        return next((one for one in segments if one.next_seq > self._expected), segments[-1] if segments else None)

    def _enter(self, segment: Segment | None) -> tuple[Segment, SegmentReader] | None:
        self.close()
        while segment is not None and segment.header.epoch == self._epoch:
            try:
                self._file = SegmentReader(segment.path)
            except FileNotFoundError:
                # Deleted by hand: what it held comes out as a gap in front of the next one.
                self._catalogue.remove(segment.header.number)
                segment = self._catalogue.after(segment.header.number)
                continue
            self._segment, self._at = segment, segment.start
            return segment, self._file
        return None

    def _leave(self, segment: Segment) -> bool:
        """Go on to the next segment of this epoch, when there is one."""
        following = self._catalogue.after(segment.header.number)
        is_next = following is not None and following.header.epoch == segment.header.epoch
        return is_next and self._enter(following) is not None

    def _damage(self, damage: Damage) -> None:
        self.counts.damaged += 1
        self._is_damaged = True
        self._at = damage.end

    def _item(self, found: Found, segment: Segment) -> Item | None:
        frame = found.frame
        if frame.first_seq > self._expected:
            return self._gap(until=frame.first_seq, segment=segment)
        self._at = found.end
        is_known = frame.next_seq <= self._expected if frame.count else frame.first_seq < self._expected
        if frame.kind == RecordKind.FOOTER or is_known:
            return None
        try:
            record = self._decoder.decode(found.data, frame)
        except ValueError:
            self._damage(Damage(found.at, found.end))
            return None
        self._is_damaged = False
        item = self._trimmed(record, segment)
        self._expected = item.next_seq
        return item

    def _trimmed(self, record: Record, segment: Segment) -> Item:
        """The record as an item, without the events that the mark already covers."""
        body, skip = record.body, max(self._expected - record.first_seq, 0)
        if record.kind is RecordKind.EVENTS and skip:
            body = b"".join(split_lines(body)[skip:])
        item = Item(
            segment.header.epoch,
            segment.header.dataset,
            _KINDS[record.kind],
            record.priority,
            record.first_seq,
            record.count,
            body,
            record.state,
        )
        return replace(item, first_seq=record.first_seq + skip, count=record.count - skip) if skip else item

    def _gap(self, *, until: int, segment: Segment) -> Item:
        """What is missing before `until`."""
        reason = "crc" if self._is_damaged else "spool_gap"
        count, first_seq = until - self._expected, self._expected
        self.counts.lose(reason, count)
        self._is_damaged = False
        self._expected = until
        body = orjson.dumps({"class": "unknown", "reason": reason})
        return Item(segment.header.epoch, segment.header.dataset, BatchKind.GAP, Priority.ALERT, first_seq, count, body, None)
