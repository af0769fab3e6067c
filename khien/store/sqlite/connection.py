"""Connections to event files: the version that is safe, the settings of the one writer, and of the many readers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import apsw
import orjson

from khien.errors import KhienError
from khien.store.field_value import field_matcher

#: Below, two connections that write or checkpoint at once can corrupt a WAL file (fixed in SQLite 3.51.3).
SAFE_VERSION = (3, 51, 3)
#: Idle readers kept open, over all files.
IDLE_READERS = 32


def check_version(version: str | None = None) -> None:
    """Refuse a SQLite that can corrupt what it keeps: KhienError `store.sqlite_too_old`."""
    found = version or apsw.sqlite_lib_version()
    if tuple(int(part) for part in found.split(".")[:3]) < SAFE_VERSION:
        raise KhienError("store.sqlite_too_old", found=found, needed=".".join(map(str, SAFE_VERSION)))


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's failures into ours; the boundary between the library and the store."""
    try:
        yield
    except (apsw.CorruptError, apsw.NotADBError, apsw.FormatError, apsw.CantOpenError) as error:
        raise KhienError("store.damaged", path=str(path), reason=str(error)) from error
    except (apsw.FullError, apsw.IOError, apsw.ReadOnlyError, apsw.BusyError, OSError) as error:
        raise KhienError("store.disk_full", path=str(path), reason=str(error)) from error


def open_writer(path: Path) -> apsw.Connection:
    """The connection that commits and checkpoints a file. A commit is on the disk when it returns (synchronous=FULL)."""
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(5_000)
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "wal_autocheckpoint = 4000",
        "cache_size = -16000",
        "temp_store = memory",
        "trusted_schema = off",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _open_reader(path: Path) -> apsw.Connection:
    # Opened for writing because a WAL reader needs the shared-memory file; query_only and the rest make it a reader.
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_timeout(5_000)
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    for pragma in ("query_only = on", "wal_autocheckpoint = 0", "temp_store = memory", "trusted_schema = off"):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_scalar_function("has_value", _has_value, 3, deterministic=True)
    return connection


def _has_value(*arguments: apsw.SQLiteValue) -> int:
    """SQL function: does the event hold one of the values (a JSON list of texts) in the named field."""
    line, name, values = arguments
    if not isinstance(line, bytes) or not isinstance(values, str):
        return 0
    return int(field_matcher(str(name), _value_list(values))(orjson.loads(line)))


@lru_cache(maxsize=256)
def _value_list(values: str) -> tuple[str, ...]:
    return tuple(orjson.loads(values))


class Readers:
    """Read connections, lent to one thread at a time and kept open for the next."""

    def __init__(self) -> None:
        self._idle: OrderedDict[int, tuple[Path, apsw.Connection]] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def borrow(self, path: Path) -> Iterator[apsw.Connection]:
        """A reader of this file; not given back when it failed."""
        connection = self._take(path) or _open_reader(path)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._give_back(path, connection)

    def forget(self, path: Path) -> None:
        """Close the idle readers of a file that is going away."""
        with self._lock:
            for key in [key for key, (known, _) in self._idle.items() if known == path]:
                self._idle.pop(key)[1].close()

    def close(self) -> None:
        """Close all idle readers."""
        with self._lock:
            while self._idle:
                self._idle.popitem()[1][1].close()

    def _take(self, path: Path) -> apsw.Connection | None:
        with self._lock:
            key = next((key for key, (known, _) in self._idle.items() if known == path), None)
            return self._idle.pop(key)[1] if key is not None else None

    def _give_back(self, path: Path, connection: apsw.Connection) -> None:
        with self._lock:
            self._idle[id(connection)] = (path, connection)
            surplus = self._idle.popitem(last=False)[1][1] if len(self._idle) > IDLE_READERS else None
        if surplus is not None:
            surplus.close()
