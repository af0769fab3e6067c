"""The audit log read from its store: with the platform running, and from a file or server without it, changing nothing."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Connection, Engine, create_engine, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from incident_api.audit.chain import Link
from incident_api.audit.checkpoints import Checkpoint, parsed
from incident_api.audit.models import AuditCheckpoint, AuditRow
from incident_api.database import ChainHead, reason_of
from khien.errors import KhienError

#: The name of the log's head among the heads of chains.
HEAD = "audit"
_AT_ONCE = 1000
#: A column's name, where it is not the field's.
_FIELDS = tuple(Link.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class StoredCheckpoints:
    """The checkpoints beside the log; `unreadable` says that a row is no checkpoint."""

    good: tuple[Checkpoint, ...]
    unreadable: int | None = None


def records(connection: Connection, *, after: int = 0, until: int | None = None) -> Generator[tuple[Link, str] | None, None, None]:
    """The records in order with their stored hash; None for one that cannot be read, and then no more.

    Whoever may leave early closes it (`contextlib.closing`): a server keeps a cursor open otherwise.
    """
    table = AuditRow.__table__
    query = select(table).where(table.c.seq > after).order_by(table.c.seq).execution_options(yield_per=_AT_ONCE)
    if until is not None:
        query = query.where(table.c.seq <= until)
    try:
        with connection.execute(query) as result:
            for row in result.mappings():
                yield Link(**{name: row[name] for name in _FIELDS}), row["hash"]
    except (ValueError, TypeError, DatabaseError):
        # A value of another type than the column's, JSON that is none, a damaged page of the file.
        yield None


def checkpoints(connection: Connection) -> StoredCheckpoints:
    """Those beside the log; a store from before there were any has none."""
    if not inspect(connection).has_table(AuditCheckpoint.__tablename__):
        return StoredCheckpoints(())
    found: list[Checkpoint] = []
    number = 0
    try:
        for number, row in enumerate(connection.execute(select(AuditCheckpoint.__table__).order_by("number")).mappings(), start=1):
            checkpoint = parsed(row["document"])
            if checkpoint is None or checkpoint.number != row["number"]:
                return StoredCheckpoints(tuple(found), unreadable=number)
            found.append(checkpoint)
    except (ValueError, TypeError, DatabaseError):
        return StoredCheckpoints(tuple(found), unreadable=number + 1)
    return StoredCheckpoints(tuple(found))


def head(connection: Connection) -> tuple[int, str] | None:
    """Where the log says that it ends."""
    table = ChainHead.__table__
    row = connection.execute(select(table.c.seq, table.c.hash).where(table.c.name == HEAD)).one_or_none()
    return None if row is None else (row.seq, row.hash)


@contextmanager
def read_only(database: str | Path) -> Iterator[Connection]:
    """One consistent view of a SQLite file or a server. Raises `audit.unreadable`; nothing is created or migrated."""
    engine = _file_engine(database) if isinstance(database, Path) else _engine(database)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(AuditRow.__tablename__):
                raise KhienError("audit.unreadable", path=_shown(database), reason="no audit log in it")
            yield connection
    except OperationalError as error:
        raise KhienError("audit.unreadable", path=_shown(database), reason=reason_of(error)) from error
    except SQLAlchemyError as error:
        raise KhienError("audit.unreadable", path=_shown(database), reason=" ".join(str(error).split())[:200]) from error
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    found = make_url(url)
    if found.get_backend_name() == "sqlite":
        return _file_engine(Path(found.database or ""))
    return create_engine(found.set(drivername="postgresql+psycopg"), isolation_level="REPEATABLE READ")


def _file_engine(path: Path) -> Engine:
    if not path.is_file():
        raise KhienError("audit.unreadable", path=str(path), reason="it does not exist")
    # A file that lies in a folder nobody may write to has no writer either: its write-ahead log is not opened.
    mode = "mode=ro" if _has_writer(path) else "mode=ro&immutable=1"
    address = f"file:{quote(str(path.resolve()))}?{mode}"
    return create_engine("sqlite://", module=sqlite, creator=lambda: sqlite.connect(address, uri=True, check_same_thread=False))


def _has_writer(path: Path) -> bool:
    return path.with_name(f"{path.name}-wal").exists() or path.with_name(f"{path.name}-shm").exists()


def _shown(database: str | Path) -> str:
    return str(database) if isinstance(database, Path) else make_url(database).render_as_string(hide_password=True)
