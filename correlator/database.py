"""How the correlator opens its SQLite files: one writing connection a file, durable commits, a version that is never guessed.

SQLite before 3.51.3 can corrupt a database in WAL mode when two connections write or checkpoint at once (reliability design,
section 6), so an older library is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw

from khien.errors import KhienError

OLDEST_SQLITE = 3_051_003


def connect(path: Path, *, schema: str, version: int) -> apsw.Connection:
    """The writing connection: WAL, `synchronous=FULL`, tables made when the file is new.

    Raises `correlation.state_unreadable` for a damaged file and `correlation.state_version` for one of another version.
    """
    if apsw.sqlite_lib_version() == "" or _library_number() < OLDEST_SQLITE:
        raise KhienError("correlation.sqlite_too_old", found=apsw.sqlite_lib_version(), needed="3.51.3")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = apsw.Connection(str(path))
        connection.set_busy_timeout(5_000)
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=full")
        found = int(str(connection.pragma("user_version")))
        is_new = not connection.execute("select 1 from sqlite_schema limit 1").fetchall()
        if is_new:
            with connection:
                connection.execute(schema)
                connection.pragma("user_version", version)
        elif found != version:
            connection.close()
            raise KhienError("correlation.state_version", path=str(path), found=found, known=version)
    except apsw.Error as error:
        raise KhienError("correlation.state_unreadable", path=str(path), reason=str(error)) from error
    return connection


def rows(connection: apsw.Connection, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query; the schema, not SQLite, says which types they have."""
    return list(connection.execute(query, parameters))


def _library_number() -> int:
    major, minor, patch = (int(part) for part in apsw.sqlite_lib_version().split(".")[:3])
    return major * 1_000_000 + minor * 1_000 + patch
