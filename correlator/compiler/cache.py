"""Compiled rules kept by content, so that the same rules are not compiled twice (detection design, section 4).

One entry a file of detection rules: its key is a hash of the file's bytes, of what the site adds, of the filters that cover its
rules and of the compiler's own version. The file is a cache and nothing else: bounded, each entry with a checksum, and whatever is
wrong with it, the rules are compiled again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import apsw
import orjson
from pydantic import ValidationError

from correlator import ir
from correlator.compiler.detection_rule import CompiledDetection
from correlator.compiler.logsource import Logsource
from correlator.compiler.rejection import Reason, Rejection
from correlator.plan import EntityField
from correlator.program import Program
from khien.alert import AlertRule, EntityKind, EntityRole

#: Raised with every change of what a document compiles to, so that an old entry is never taken for a new one.
COMPILER_VERSION = 2
#: SigmaHQ takes 12 MB; beyond this the entries that the last run did not use go.
LARGEST_BYTES = 128 << 20
_CHECKSUM = 16
_SCHEMA = "create table if not exists entry (key blob primary key, body blob not null) without rowid"
_MARK = 0x4B52_4332  # application_id: "KRC2"


class CacheError(ValueError):
    """An entry is not what was written."""


@dataclass(frozen=True, slots=True)
class CachedFile:
    """What a file of rules compiled to: its rules, what was refused, how many are disabled."""

    detections: tuple[CompiledDetection, ...]
    rejections: tuple[Rejection, ...]
    disabled: int

    @property
    def documents(self) -> int:
        """Documents in the file."""
        return len(self.detections) + len(self.rejections) + self.disabled


def key_of(data: bytes, *, shown_as: str, settings: bytes, filters: Iterable[bytes] = ()) -> bytes:
    """The key of a file's entry."""
    digest = hashlib.sha256(b"%d/%d\0" % (COMPILER_VERSION, ir.VERSION) + settings + shown_as.encode() + b"\0")
    for each in filters:
        digest.update(each)
    digest.update(hashlib.sha256(data).digest())
    return digest.digest()


class RuleCache:
    """The entries in one SQLite file; a damaged, foreign or locked file is the same as none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._used: set[bytes] = set()
        self._new: dict[bytes, bytes] = {}
        self._connection = self._open()
        self.hits = 0
        self.misses = 0

    def __enter__(self) -> Self:
        """For `with`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Keep what is new, and close."""
        self.save()
        if self._connection is not None:
            self._connection.close()

    def get(self, key: bytes) -> CachedFile | None:
        """The entry, or None: never one that is not exactly what was written."""
        body = self._read(key)
        if body is not None:
            try:
                found = _load(body)
            except (CacheError, orjson.JSONDecodeError, ValidationError, KeyError, TypeError, ValueError):
                self._new.pop(key, None)
            else:
                self._used.add(key)
                self.hits += 1
                return found
        self.misses += 1
        return None

    def put(self, key: bytes, entry: CachedFile) -> None:
        """Keep an entry when `save` comes."""
        body = _dump(entry)
        self._new[key] = hashlib.blake2b(body, digest_size=_CHECKSUM).digest() + body
        self._used.add(key)

    def save(self) -> None:
        """Write what is new, in one transaction, and drop what is too much. Trouble with the file costs only the cache."""
        if self._connection is None or not self._new:
            return
        try:
            with self._connection:
                self._connection.executemany("insert or replace into entry values (?, ?)", list(self._new.items()))
                self._shrink(self._connection)
        except apsw.Error:
            return
        self._new.clear()

    def _shrink(self, connection: apsw.Connection) -> None:
        sizes: list[tuple[Any, ...]] = list(connection.execute("select key, length(body) from entry"))
        total = sum(int(size) for _, size in sizes)
        for is_used in (False, True):
            for key, size in sizes:
                if total <= LARGEST_BYTES:
                    return
                if (bytes(key) in self._used) is is_used:
                    connection.execute("delete from entry where key = ?", (key,))
                    total -= int(size)

    def _read(self, key: bytes) -> bytes | None:
        if self._connection is None:
            return None
        try:
            found: list[tuple[Any, ...]] = list(self._connection.execute("select body from entry where key = ?", (key,)))
        except apsw.Error:
            self._start_again()
            return None
        if not found or not isinstance(found[0][0], bytes):
            return None
        checksum, body = found[0][0][:_CHECKSUM], found[0][0][_CHECKSUM:]
        return body if hashlib.blake2b(body, digest_size=_CHECKSUM).digest() == checksum else None

    def _open(self, *, again: bool = False) -> apsw.Connection | None:
        connection: apsw.Connection | None = None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = apsw.Connection(str(self._path))
            connection.set_busy_timeout(2_000)
            mark = int(str(connection.pragma("application_id")))
            is_new = not list(connection.execute("select 1 from sqlite_schema limit 1"))
            if not is_new and mark != _MARK:
                message = "another file"
                raise apsw.NotADBError(message)
            connection.pragma("application_id", _MARK)
            # A crash may cost entries, never more: the checksum tells.
            connection.pragma("synchronous", "off")
            connection.execute(_SCHEMA)
        except (apsw.Error, OSError) as error:
            if connection is not None:
                connection.close()
            if again or not isinstance(error, apsw.NotADBError | apsw.CorruptError):
                return None
            self._path.unlink(missing_ok=True)
            return self._open(again=True)
        return connection

    def _start_again(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._path.unlink(missing_ok=True)
        self._connection = self._open(again=True)


def _dump(entry: CachedFile) -> bytes:
    head = {
        "detections": [_dump_detection(one) for one in entry.detections],
        "rejections": [[one.reason.value, one.location, one.title, one.detail] for one in entry.rejections],
        "disabled": entry.disabled,
    }
    return b"\n".join([orjson.dumps(head), *(one.program.unit for one in entry.detections)])


def _dump_detection(one: CompiledDetection) -> dict[str, Any]:
    return {
        "location": one.location,
        "rule": one.rule.model_dump(mode="json"),
        "name": one.name,
        "names": one.program.names,
        "condition": one.condition,
        "group": one.group,
        "entities": [[entity.field, entity.kind.value, entity.role.value] for entity in one.entities],
        "informational": one.is_informational,
        "logsource": [one.logsource.product, one.logsource.category, one.logsource.service],
        "source": one.has_source,
        "unmapped": one.unmapped,
        "filters": one.filters,
    }


def _load(body: bytes) -> CachedFile:
    head, *units = body.split(b"\n")
    tree = orjson.loads(head)
    if len(units) != len(tree["detections"]):
        message = "units are missing"
        raise CacheError(message)
    return CachedFile(
        detections=tuple(_load_detection(one, unit) for one, unit in zip(tree["detections"], units, strict=True)),
        rejections=tuple(
            Rejection(reason=Reason(reason), location=location, title=title, detail=detail)
            for reason, location, title, detail in tree["rejections"]
        ),
        disabled=tree["disabled"],
    )


def _load_detection(tree: dict[str, Any], unit: bytes) -> CompiledDetection:
    return CompiledDetection(
        location=tree["location"],
        pack="",
        rule=AlertRule.model_validate(tree["rule"]),
        name=tree["name"],
        program=Program(unit=unit, names=tuple(tree["names"])),
        condition=tree["condition"],
        group=tuple(tree["group"]),
        entities=_entities(tree["entities"]),
        is_informational=tree["informational"],
        logsource=Logsource(*tree["logsource"]),
        has_source=tree["source"],
        unmapped=tuple(tree["unmapped"]),
        filters=tuple(tree["filters"]),
    )


def _entities(written: Sequence[Sequence[str]]) -> tuple[EntityField, ...]:
    return tuple(EntityField(field, EntityKind(kind), EntityRole(role)) for field, kind, role in written)
