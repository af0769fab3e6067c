"""The sensor's spool: events become durable on its own disk, in order, and stay until the correlator has them.

One thread writes (`append`, `promise`, `drop`, `sync`), another delivers (`sensor.reader`, `acknowledge`). Nothing is
readable before it is durable, so no event that the correlator saw can come out different after a crash. Reliability design,
section 3; the format is in `sensor.record` and `sensor.segment`.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from khien.delivery import BATCH_BYTES, BATCH_EVENTS
from khien.errors import KhienError
from sensor.catalogue import Catalogue, Segment
from sensor.cursor import Cursor, Mark
from sensor.record import LARGEST_COUNT, Encoder, Priority, Record, RecordKind
from sensor.recovery import Notice, recover
from sensor.renumber import copy_segments, exchange, finish_exchange, sync_folder
from sensor.segment import SEGMENT_BYTES, SegmentHeader

#: A sensor cut off for 24 h at 2,000 events/s loses nothing: 250 B an event, compressed (reliability design, section 1).
DEFAULT_QUOTA_BYTES = 43_000_000_000
#: Share of the quota at which a class of live events is no longer taken: what is left belongs to the more important ones.
_SHARES: Mapping[Priority, float] = {Priority.DEBUG: 0.85, Priority.FLOW: 0.92, Priority.LOG: 0.98, Priority.ALERT: 1.0}
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


class SpoolFullError(Exception):
    """The disk took nothing; what was appended is still in memory and goes with the next `sync`."""


@dataclass(slots=True)
class _Block:
    """Events on their way into one record."""

    kind: RecordKind
    priority: Priority
    first_seq: int
    count: int
    state: bytes
    parts: list[bytes]
    size: int
    reason: str = ""


@dataclass(slots=True)
class SpoolCounts:
    """What happened to the spool since it was opened."""

    records: int = 0
    syncs: int = 0
    condemned_segments: int = 0
    full: int = 0
    dropped: dict[str, int] = field(default_factory=dict)


class Spool:
    """One folder, one sensor, one dataset at a time; locked against a second process."""

    def __init__(self, folder: Path, *, sensor: str, dataset: str, notice: Notice, quota_bytes: int = DEFAULT_QUOTA_BYTES) -> None:
        self.folder = folder
        self.sensor = sensor
        self.dataset = dataset
        self.counts = SpoolCounts()
        self._quota_bytes = quota_bytes
        self._notice = notice
        self._lock_descriptor = _lock(folder)
        finish_exchange(folder)
        recovered = recover(folder, sensor=sensor, notice=notice)
        self.catalogue = Catalogue(recovered.segments)
        self.cursor = Cursor(folder / "cursor")
        #: The sources' state (opaque) as of the last durable record.
        self.state = recovered.state
        self._next_number = recovered.next_number
        self.first_own_number = recovered.next_number
        self.epoch, self._next_seq = self._continue(recovered.segments)
        #: The last seq that an earlier run can have sent; a server that knows more of this epoch has met another us.
        self.recovered_seq = self._next_seq - 1
        self._blocks: deque[_Block] = deque()
        self._encoder = Encoder()
        self._active: int | None = None
        self._descriptor: int | None = None
        self.lock = threading.RLock()

    @property
    def next_seq(self) -> int:
        """The seq of the next event."""
        return self._next_seq

    @property
    def pending_events(self) -> int:
        """Events that are not durable yet."""
        return sum(block.count for block in self._blocks)

    def has_room(self, priority: Priority) -> bool:
        """Whether live events of this class are still taken."""
        return self.catalogue.size_bytes() < self._quota_bytes * _SHARES[priority]

    @property
    def used_share(self) -> float:
        """How much of the quota is in use; an alarm is due at 0.8."""
        return self.catalogue.size_bytes() / self._quota_bytes

    def append(self, lines: bytes, *, count: int, priority: Priority, state: bytes) -> None:
        """Take `count` newline-terminated lines; `state` is the sources' state once these are durable.

        Lines given together are never parted between two records, so their state can never be half true.
        """
        if not 0 < count <= LARGEST_COUNT:
            message = f"{count} events do not fit into one record"
            raise ValueError(message)
        with self.lock:
            block = self._blocks[-1] if self._blocks else None
            if (
                block is None
                or block.kind is not RecordKind.EVENTS
                or block.priority is not priority
                or block.count + count > BATCH_EVENTS
                or block.size + len(lines) > BATCH_BYTES
            ):
                block = _Block(RecordKind.EVENTS, priority, self._next_seq, 0, state, [], 0)
                self._blocks.append(block)
            block.parts.append(lines)
            block.count += count
            block.size += len(lines)
            block.state = state
            self._next_seq += count

    def promise(self, promises: Mapping[str, int], *, state: bytes) -> None:
        """Say, after everything appended so far, that these sources have given all up to these times."""
        with self.lock:
            body = orjson.dumps(dict(promises), option=orjson.OPT_SORT_KEYS)
            self._blocks.append(_Block(RecordKind.PROMISE, Priority.ALERT, self._next_seq, 0, state, [body], len(body)))

    def drop(self, count: int, *, priority: Priority, reason: str, state: bytes) -> None:
        """Use up the numbers of events that are given away on purpose, so that the loss is told and counted.

        Neighbours of one class and reason grow together: drops under pressure stay one small record. Like lines, the events of
        one call are never parted, so that their state is true for all of them.
        """
        if not 0 < count <= LARGEST_COUNT:
            message = f"{count} events do not fit into one record"
            raise ValueError(message)
        with self.lock:
            self.counts.dropped[reason] = self.counts.dropped.get(reason, 0) + count
            block = self._blocks[-1] if self._blocks else None
            if (
                block is None
                or block.kind is not RecordKind.GAP
                or block.priority is not priority
                or block.reason != reason
                or block.count + count > LARGEST_COUNT
            ):
                body = orjson.dumps({"class": priority.name.lower(), "reason": reason})
                block = _Block(RecordKind.GAP, priority, self._next_seq, 0, state, [body], len(body), reason)
                self._blocks.append(block)
            block.count += count
            block.state = state
            self._next_seq += count

    def sync(self) -> None:
        """Make everything durable that was appended. Raises `SpoolFullError`; then nothing is lost and nothing is durable.

        A failed write or sync condemns the segment: the kernel may have forgotten what it could not write, so the same
        descriptor is never asked again, and what is not durable goes to a new segment.
        """
        with self.lock:
            if not self._blocks:
                return
            first_seq = self._blocks[0].first_seq
            data = b"".join(self._encoder.encode(_record(block)) for block in self._blocks)
            try:
                self._write(data, first_seq=first_seq)
            except OSError as error:
                self._give_up_segment(error)
                self._write_again(data, first_seq=first_seq)
            self.counts.records += len(self._blocks)
            self.counts.syncs += 1
            self.state = self._blocks[-1].state
            self._blocks.clear()

    def acknowledge(self, mark: Mark) -> None:
        """Remember durably how far the correlator has everything."""
        self.cursor.write(mark)

    def begin_epoch(self, epoch: int) -> None:
        """Give everything written since this spool was opened new numbers, from 1 on, in a new epoch.

        For the case that the correlator already knows other events under the numbers given so far.
        """
        with self.lock:
            self.sync()
            self._end_segment()
            own = [segment for segment in self.catalogue.segments() if segment.header.number >= self.first_own_number]
            if own:
                copies = copy_segments(own, epoch=epoch, first_number=self._next_number)
                exchange(self.folder, old=own, new=copies)
                for segment in copies:
                    self.catalogue.put(segment)
                for segment in own:
                    self.catalogue.remove(segment.header.number)
            self.first_own_number = self._next_number
            self._next_number += len(own)
            self.epoch, self._next_seq, self.recovered_seq = epoch, self._next_seq - self.recovered_seq, 0

    def close(self) -> None:
        """Make everything durable, end the segment and let go of the folder."""
        with self.lock:
            try:
                self.sync()
                self._end()
            finally:
                if self._descriptor is not None:
                    os.close(self._descriptor)
                    self._descriptor = None
                self.cursor.close()
                os.close(self._lock_descriptor)

    def _end(self) -> None:
        """End the segment; one without its footer is only recovered more slowly."""
        try:
            self._end_segment()
        except OSError as error:
            self._notice("spool_segment_not_ended", {"reason": error.strerror or str(error)})

    def _continue(self, segments: list[Segment]) -> tuple[int, int]:
        """Epoch and next seq: on from the last record, unless the cursor proves that more had been written."""
        epoch, next_seq = (segments[-1].header.epoch, segments[-1].next_seq) if segments else (1, 1)
        mark = self.cursor.mark
        if mark is not None and mark >= Mark(epoch, next_seq):
            self._notice("spool_lost_events", {"epoch": mark.epoch, "acknowledged": mark.seq, "next": next_seq})
            return mark.epoch + 1, 1
        return epoch, next_seq

    def _write(self, data: bytes, *, first_seq: int) -> None:
        segment = self._segment(first_seq)
        descriptor = self._descriptor
        if descriptor is None:  # pragma: no cover - _segment opens it
            return
        if os.fstat(descriptor).st_nlink == 0:
            raise OSError(errno.ESTALE, "the segment was deleted while it was written")
        view, offset = memoryview(data), segment.end
        while view:
            written = os.pwrite(descriptor, view, offset)
            view, offset = view[written:], offset + written
        os.fdatasync(descriptor)
        self.catalogue.put(Segment(segment.path, segment.header, segment.start, offset, self._next_seq))

    def _write_again(self, data: bytes, *, first_seq: int) -> None:
        try:
            self._write(data, first_seq=first_seq)
        except OSError as error:
            self._give_up_segment(error)
            if error.errno in _NO_SPACE:
                self.counts.full += 1
                raise SpoolFullError from error
            raise KhienError("spool.unusable", path=str(self.folder), reason=error.strerror or str(error)) from error

    def _segment(self, first_seq: int) -> Segment:
        """The segment to write to, a new one when there is none or it is full."""
        active = self.catalogue.get(self._active) if self._active is not None else None
        if active is not None and active.end < SEGMENT_BYTES:
            return active
        if active is not None:
            self._end_segment()
        header = SegmentHeader(self.epoch, self._next_number, first_seq, self.sensor, self.dataset)
        path = self.folder / header.file_name
        self._next_number += 1
        content = header.encode()
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._active = header.number
        segment = Segment(path, header, len(content), len(content), first_seq)
        self.catalogue.put(segment)
        os.pwrite(self._descriptor, content, 0)
        os.fdatasync(self._descriptor)
        sync_folder(self.folder)
        return segment

    def _end_segment(self) -> None:
        """Close the active segment in order: a footer, durable."""
        segment = self.catalogue.get(self._active) if self._active is not None else None
        if segment is None or self._descriptor is None:
            return
        count = segment.next_seq - segment.header.first_seq
        body = orjson.dumps({"count": count, "last_seq": segment.next_seq - 1})
        footer = self._encoder.encode(Record(RecordKind.FOOTER, Priority.ALERT, segment.next_seq, 0, b"{}", body))
        descriptor, self._descriptor, self._active = self._descriptor, None, None
        try:
            os.pwrite(descriptor, footer, segment.end)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        self.catalogue.put(Segment(segment.path, segment.header, segment.start, segment.end + len(footer), segment.next_seq))

    def _give_up_segment(self, error: OSError) -> None:
        """Condemn the active segment behind its last durable record."""
        segment = self.catalogue.get(self._active) if self._active is not None else None
        descriptor, self._descriptor, self._active = self._descriptor, None, None
        if descriptor is not None:
            os.close(descriptor)
        if segment is None:
            return
        if error.errno not in _NO_SPACE:
            self.counts.condemned_segments += 1
            self._notice("spool_segment_condemned", {"segment": segment.path.name, "reason": error.strerror or str(error)})
        self._cut(segment)

    def _cut(self, segment: Segment) -> None:
        """Take away what is not durable; when even that fails, readers stop at the next segment's first seq."""
        try:
            if segment.next_seq == segment.header.first_seq and segment.end == segment.start:
                segment.path.unlink(missing_ok=True)
                self.catalogue.remove(segment.header.number)
            else:
                os.truncate(segment.path, segment.end)
        except OSError as error:
            self._notice("spool_segment_not_cut", {"segment": segment.path.name, "reason": error.strerror or str(error)})


def _record(block: _Block) -> Record:
    return Record(block.kind, block.priority, block.first_seq, block.count, block.state, b"".join(block.parts))


def _lock(folder: Path) -> int:
    """One process a spool: two writers would give one seq twice."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise KhienError("spool.unusable", path=str(folder), reason=error.strerror or str(error)) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise KhienError("spool.in_use", path=str(folder)) from None
    return descriptor
