"""Follows a log file through everything that happens to log files.

Rotation by rename (the old file is read to its end first, also when it happened while the sensor was down and the old file
is still in the same folder), copytruncate, a reused inode, a last line without newline. The position is (device, inode,
offset of the next unread line, hash of the file's first bytes); it becomes durable with the events before it, never earlier.

Known limits, said aloud when they are met: a file that was rotated *and compressed* while the sensor was down is not read
(`log_rotated_away`), and copytruncate can lose lines written between the program's copy and its truncation, as for everybody.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from pathlib import Path

from khien.clock import Clock
from khien.errors import KhienError
from sensor.record import Priority
from sensor.recovery import Notice
from sensor.sources.parser import LineCutter, LineParser, ParserFactory, Piece, parse_piece
from sensor.sources.source import LOG_LATENESS_US, Hand, Position, SourceBatch

#: How long nothing comes before what the parser holds back (the audit log's events of several lines) is given.
QUIET_SECONDS = 2.0
#: How often a quiet file is looked at; a busy one is read without pause.
POLL_SECONDS = 0.1
#: How long the program may go on writing into a renamed file before it opens the new one (nginx needs a signal for that).
ROTATION_GRACE_SECONDS = 5.0
#: How much of the head of a file tells it from another with the same inode.
_FINGERPRINT_BYTES = 256
_CHUNK_BYTES = 256 << 10


class FollowedLog:
    """One path; `is_once` stops at its present end."""

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        make_parser: ParserFactory,
        clock: Clock,
        notice: Notice,
        is_once: bool = False,
        grace_seconds: float = ROTATION_GRACE_SECONDS,
    ) -> None:
        self.name = name
        self.priority = Priority.LOG
        self.is_rereadable = True
        self._path = path
        self._make_parser = make_parser
        self._clock = clock
        self._notice = notice
        self._is_once = is_once
        self._grace_seconds = grace_seconds
        self._parser: LineParser | None = None
        self._file: _OpenFile | None = None
        self._backlog: deque[_OpenFile] = deque()
        self._ended: _OpenFile | None = None
        self._promised_us = 0
        self._gave_at = clock.monotonic()

    def open(self) -> None:
        """Prove that the format is known and the folder can be read; the file itself may come later."""
        self._parser = self._make_parser()
        if not self._path.parent.is_dir():
            raise KhienError("input.not_found", path=str(self._path.parent))
        if self._path.exists() and not os.access(self._path, os.R_OK):
            raise KhienError("input.unreadable", path=str(self._path), reason="permission denied")

    def run(self, *, position: Position | None, hand: Hand, stop: threading.Event) -> None:
        """Read from the position on, then follow."""
        try:
            self._backlog.extend(self._files_since(position) if position else ())
            self._follow(hand, stop)
        except OSError as error:
            raise KhienError("input.unreadable", path=str(self._path), reason=error.strerror or str(error)) from error

    def close(self) -> None:
        """Give the files back."""
        for file in (self._file, *self._backlog):
            if file is not None:
                file.close()
        self._file = None
        self._backlog.clear()

    def _follow(self, hand: Hand, stop: threading.Event) -> None:
        rotated_at: float | None = None
        while not stop.is_set():
            if self._file is None:
                self._file = self._next_file(hand)
            file = self._file
            if file is not None and not self._read_to_end(file, hand):
                return
            if file is not None and not file.is_at(self._path):
                rotated_at = rotated_at or self._clock.monotonic()
                if self._is_over(rotated_at) and self._read_to_end(file, hand) and self._end_file(file, hand):
                    file.close()
                    self._ended, self._file, rotated_at = file, None, None
                    continue
            elif self._is_once:
                if file is not None:
                    self._end_file(file, hand)
                return
            if self._clock.monotonic() - self._gave_at >= QUIET_SECONDS and not self._finish(hand):
                return
            self._promise(hand, self._clock.now_us() - LOG_LATENESS_US)
            stop.wait(POLL_SECONDS)

    def _next_file(self, hand: Hand) -> _OpenFile | None:
        """The next rotated file, else the present one; that it was begun is durable before its first line is."""
        if not self._backlog and self._ended is not None:
            # Opened before the folder is read: whatever lost its name until then is in the list, and comes first.
            present = _OpenFile.open(self._path)
            self._backlog.extend(self._files_after(self._ended))
            if present is not None and not any(present.is_same_file(file) for file in self._backlog):
                self._backlog.append(present)
            self._ended = None
        file = self._backlog.popleft() if self._backlog else _OpenFile.open(self._path)
        if file is not None:
            hand(SourceBatch(self.name, position=file.position()))
        return file

    def _is_over(self, rotated_at: float) -> bool:
        """Whether nobody writes any more into a file that lost its name."""
        if self._is_once or self._backlog:
            return True
        return self._path.exists() and self._clock.monotonic() - rotated_at >= self._grace_seconds

    def _read_to_end(self, file: _OpenFile, hand: Hand) -> bool:
        """Give what the file has now; False when the sensor is stopping."""
        if file.was_replaced():
            self._notice("log_truncated", {"source": self.name, "offset": file.offset})
            if not self._end_file(file, hand):
                return False
            file.restart()
        while data := file.read():
            for piece in file.cutter.feed(data):
                if not self._give(file, piece, hand):
                    return False
        return True

    def _end_file(self, file: _OpenFile, hand: Hand) -> bool:
        """The line without newline at the end of a file that will not grow any more."""
        return all(self._give(file, piece, hand) for piece in file.cutter.end()) and self._finish(hand)

    def _finish(self, hand: Hand) -> bool:
        """Events that the parser held back for more lines; False when the sensor is stopping."""
        self._gave_at = self._clock.monotonic()
        held = self._parser.finish() if self._parser is not None else None
        return held is None or not held.count or hand(SourceBatch(self.name, lines=held.lines, count=held.count, read=held.count))

    def _give(self, file: _OpenFile, piece: Piece, hand: Hand) -> bool:
        parser = self._parser
        if parser is None:
            parser = self._parser = self._make_parser()
        self._gave_at = self._clock.monotonic()
        parsed = parse_piece(piece, parser=parser, source=self.name, place=f"{self._path.name} offset {file.offset}")
        file.offset += piece.size
        promise_us = None if parsed.last_time_us is None else parsed.last_time_us - LOG_LATENESS_US
        if promise_us is not None and promise_us <= self._promised_us:
            promise_us = None
        batch = SourceBatch(
            source=self.name,
            lines=parsed.lines,
            count=parsed.count,
            read=parsed.read,
            rejects=parsed.rejects,
            position=file.position(),
            promise_us=promise_us,
        )
        self._promised_us = promise_us or self._promised_us
        return hand(batch)

    def _promise(self, hand: Hand, time_us: int) -> None:
        """A quiet file promises by the clock, once a second."""
        if time_us - self._promised_us >= LIVE_PROMISE_US and hand(SourceBatch(self.name, promise_us=time_us)):
            self._promised_us = time_us

    def _files_since(self, position: Position) -> list[_OpenFile]:
        """The file that the position speaks of and, when it was rotated meanwhile, those that came after it, oldest first."""
        current = _OpenFile.open(self._path)
        if current is not None and current.continues(position, is_same_inode=True):
            return [current]
        if current is not None:
            current.close()
        rotated = _rotated(self._path)
        for number, path in enumerate(rotated):
            file = _OpenFile.open(path)
            if file is not None and file.continues(position, is_same_inode=False):
                return [file, *filter(None, map(_OpenFile.open, rotated[number + 1 :]))]
            if file is not None:
                file.close()
        fields: dict[str, str | int] = {"source": self.name, "inode": position["inode"], "offset": position["offset"]}
        self._notice("log_rotated_away", fields)
        return []

    def _files_after(self, ended: _OpenFile) -> list[_OpenFile]:
        """Files that were begun and rotated too while this one was being read, oldest first."""
        rotated = _rotated(self._path)
        for number, path in enumerate(rotated):
            if ended.is_at(path):
                return [file for file in map(_OpenFile.open, rotated[number + 1 :]) if file is not None]
        return []


#: A quiet source promises this often.
LIVE_PROMISE_US = 1_000_000


class _OpenFile:
    """A log file that is open: where the next unread line begins, and how to know it again."""

    def __init__(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        self.cutter = LineCutter()
        #: Where the first line begins that was not given yet.
        self.offset = 0
        self._descriptor = descriptor
        self._identity = (status.st_dev, status.st_ino)
        self._head = b""

    @classmethod
    def open(cls, path: Path) -> _OpenFile | None:
        """The file, or None while there is none."""
        try:
            return cls(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KhienError("input.unreadable", path=str(path), reason=error.strerror or str(error)) from error

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._descriptor)

    def read(self) -> bytes:
        """The next bytes, at most a chunk."""
        return os.pread(self._descriptor, _CHUNK_BYTES, self.offset + self.cutter.waiting_bytes)

    def restart(self) -> None:
        """From the beginning: the content is new."""
        self.offset, self.cutter, self._head = 0, LineCutter(), b""

    def is_same_file(self, other: _OpenFile) -> bool:
        """Whether both are one file, under whatever names."""
        return self._identity == other._identity

    def is_at(self, path: Path) -> bool:
        """Whether this path leads to this file."""
        try:
            status = path.stat()
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == self._identity

    def was_replaced(self) -> bool:
        """Whether the content is another than before: shorter than what was read, or with another head (copytruncate)."""
        if os.fstat(self._descriptor).st_size < self.offset + self.cutter.waiting_bytes:
            return True
        head = os.pread(self._descriptor, _FINGERPRINT_BYTES, 0)
        is_same = head.startswith(self._head)
        if is_same:
            self._head = head
        return not is_same

    def position(self) -> Position:
        """Where it stands behind what was given."""
        if len(self._head) < _FINGERPRINT_BYTES:
            self._head = os.pread(self._descriptor, _FINGERPRINT_BYTES, 0)
        return {
            "device": self._identity[0],
            "inode": self._identity[1],
            "offset": self.offset,
            "fingerprint": hashlib.sha256(self._head).hexdigest(),
            "fingerprint_bytes": len(self._head),
        }

    def continues(self, position: Position, *, is_same_inode: bool) -> bool:
        """Whether this is the file of the position; then it goes on from there.

        A rotated copy (copytruncate) has another inode, so there the head is enough.
        """
        offset, length = int(position["offset"]), int(position["fingerprint_bytes"])
        head = os.pread(self._descriptor, min(length, _FINGERPRINT_BYTES), 0)
        is_same_head = hashlib.sha256(head).hexdigest() == position["fingerprint"]
        is_known = int(position["inode"]) == self._identity[1] or (length > 0 and not is_same_inode)
        if not is_same_head or not is_known or os.fstat(self._descriptor).st_size < offset:
            return False
        self.offset, self._head = offset, head
        return True


def _rotated(path: Path) -> list[Path]:
    """Files that rotation made of this one (`access.log.1`, `access.log-20261110`), oldest first; compressed ones are not read."""
    compressed = {".gz", ".bz2", ".xz", ".zst", ".lz4"}
    found = [other for other in path.parent.glob(f"{path.name}[.-]*") if other.suffix not in compressed and other.is_file()]
    return sorted(found, key=lambda other: (other.stat().st_mtime_ns, other.name))
