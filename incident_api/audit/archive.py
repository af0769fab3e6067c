"""The audit log as one file that can be checked anywhere: a head, a line a record, and the hash of it all.

Every line is canonical JSON (RFC 8785), so that a changed byte cannot hide in the spelling. The file is read line by line and not
believed: `verification.py` measures the records against the checkpoints in the head, and against their copies outside.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from incident_api.audit.chain import Link
from incident_api.audit.checkpoints import Checkpoint, parsed
from incident_api.coordination.canonical import canonical_bytes
from khien.errors import KhienError

FORMAT = "khien-audit-1"
_LARGEST_LINE = 16 << 20
_FIELDS = frozenset(Link.__dataclass_fields__)
_HEAD_FIELDS = {"format", "city", "exported", "records", "head", "checkpoints"}


@dataclass(frozen=True, slots=True)
class ArchiveHead:
    """The first line."""

    city: str
    exported: str
    records: int
    head: str
    checkpoints: tuple[Checkpoint, ...]


class Damaged(Exception):  # noqa: N818 - it states what was found
    """A line that we did not write."""


def write_archive(file: IO[bytes], head: ArchiveHead, records: Iterable[tuple[Link, str]]) -> int:
    """Write all of it; gives the number of records."""
    digest, count = hashlib.sha256(), 0
    first: dict[str, Any] = {**asdict(head), "format": FORMAT, "checkpoints": [each.model_dump() for each in head.checkpoints]}
    lines: Iterator[dict[str, Any]] = ({**asdict(link), "at_us": str(link.at_us), "hash": stored} for link, stored in records)
    for line in itertools.chain((first,), lines):
        raw = canonical_bytes(line) + b"\n"
        digest.update(raw)
        file.write(raw)
        count += 1
    file.write(canonical_bytes({"sha256": digest.hexdigest()}) + b"\n")
    return count - 1


@contextmanager
def open_archive(path: Path) -> Iterator[tuple[ArchiveHead, Iterator[tuple[Link, str] | None]]]:
    """The head and the records; the records end with None when a line is bad, and raise Damaged when the end is."""
    with path.open("rb") as file:
        try:
            found = read_archive(file)
        except Damaged as error:
            raise KhienError("audit.unreadable", path=str(path), reason="its first line is not the head of an export") from error
        yield found


def read_archive(file: IO[bytes]) -> tuple[ArchiveHead, Iterator[tuple[Link, str] | None]]:
    """The same of anything that is read line by line. Raises Damaged when the first line is not ours."""
    raw = _line(file)
    return _head(raw), _records(file, hashlib.sha256(raw))


def is_archive(path: Path) -> bool:
    """Whether a file begins as JSON does, and not as a database."""
    try:
        with path.open("rb") as file:
            return file.read(1) == b"{"
    except OSError as error:
        raise KhienError("audit.unreadable", path=str(path), reason="it does not exist") from error


def _records(file: IO[bytes], digest: Any) -> Iterator[tuple[Link, str] | None]:
    while True:
        try:
            raw = _line(file)
            line = _canonical(raw)
        except Damaged:
            yield None
            return
        if set(line) == {"sha256"}:
            if line["sha256"] != digest.hexdigest() or file.read(1):
                raise Damaged
            return
        digest.update(raw)
        try:
            yield _record(line)
        except Damaged:
            yield None
            return


def _line(file: IO[bytes]) -> bytes:
    raw = file.readline(_LARGEST_LINE)
    if not raw.endswith(b"\n"):
        raise Damaged
    return raw


def _canonical(raw: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(raw)
        if isinstance(found, dict) and canonical_bytes(found) + b"\n" == raw:
            return found
    except (ValueError, RecursionError):
        # Not JSON, or a number that RFC 8785 cannot write.
        raise Damaged from None
    raise Damaged


def _head(raw: bytes) -> ArchiveHead:
    line = _canonical(raw)
    checkpoints = [parsed(each) for each in line.get("checkpoints", ())] if isinstance(line.get("checkpoints"), list) else [None]
    good = tuple(each for each in checkpoints if each is not None)
    is_ours = set(line) == _HEAD_FIELDS and line["format"] == FORMAT and len(good) == len(checkpoints)
    if (
        not is_ours
        or not isinstance(line["records"], int)
        or not all(isinstance(line[each], str) for each in ("city", "exported", "head"))
    ):
        raise Damaged
    return ArchiveHead(line["city"], line["exported"], line["records"], line["head"], good)


def _record(line: dict[str, Any]) -> tuple[Link, str]:
    stored, at = line.pop("hash", None), line.get("at_us")
    if set(line) != _FIELDS or not isinstance(stored, str) or not isinstance(at, str) or not at.isascii() or not at.isdigit():
        raise Damaged
    if not isinstance(line["seq"], int) or not all(
        isinstance(line[each], str) for each in ("stream", "actor", "act", "object", "prev")
    ):
        raise Damaged
    return Link(**{**line, "at_us": int(at)}), stored
