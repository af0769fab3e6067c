"""The relational store: SQLite by default, PostgreSQL in production, one set of models and migrations for both.

Writing transactions are serial: on SQLite by `BEGIN IMMEDIATE`, on PostgreSQL by locking the heads of the chains. The audit
chain and the live stream need one order anyway, and it makes "fifty people click at once" a queue instead of a race.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import BigInteger, Engine, Integer, String, Table, create_engine, event, insert, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, ORMExecuteState, Session, mapped_column, sessionmaker

from khien.errors import KhienError

#: SQLite before 3.51.3 has the WAL-reset corruption (reliability design, section 6).
SAFE_SQLITE = (3, 51, 3)
_WRITES = "khien_writes"
#: Rows of a writing transaction that are written together, by table.
_ROWS = "rows"

#: 64-bit and counting by itself on both.
Sequence64 = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """Every table; `incident_api.tables` imports them all."""


class ChainHead(Base):
    """Where a chain ends: the last number and hash of the audit log, the last number of the live stream."""

    __tablename__ = "chain_heads"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


def chain_head(session: Session, name: str) -> ChainHead:
    """The end of a chain, kept alive for the transaction: the session itself holds its objects weakly."""
    heads: dict[str, ChainHead] = session.info.setdefault("chain_heads", {})
    if name not in heads:
        heads[name] = session.get_one(ChainHead, name)
    return heads[name]


def put_off(session: Session, table: type[Base], **row: Any) -> None:
    """A row that nobody holds, with the same columns each time: written with the others before the transaction asks or ends.

    What it refers to must be in the session by then; what refers to it comes after `write_rows`.
    """
    session.info[_ROWS].setdefault(table, []).append(row)


def write_rows(session: Session) -> None:
    """What the session holds, then what was put off, one statement a table."""
    session.flush()
    rows: dict[type[Base], list[dict[str, Any]]] = session.info[_ROWS]
    session.info[_ROWS] = {}
    for table, some in rows.items():
        session.connection().execute(insert(cast("Table", table.__table__)), some)


def _write_before_asking(asked: ORMExecuteState) -> None:
    """As the session does with its own objects."""
    if asked.session.info[_ROWS] and asked.session.autoflush:
        write_rows(asked.session)


class Database:
    """Sessions for reading and writing; `on_commit` runs after each writing transaction."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = _sqlite_engine(self.url) if self.is_sqlite else _server_engine(self.url)
        self._reading = sessionmaker(self._engine, expire_on_commit=False)
        self._writing = sessionmaker(self._engine.execution_options(**{_WRITES: True}), expire_on_commit=False)
        event.listen(self._writing, "do_orm_execute", _write_before_asking)
        self._writer = threading.Lock()
        self._on_commit: list[Callable[[], None]] = []

    @property
    def engine(self) -> Engine:
        """For migrations."""
        return self._engine

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call this after each writing transaction; it must not raise or wait."""
        self._on_commit.append(callback)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent view."""
        with self._reading() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One serial transaction: all of it is durable on return, or none of it happened."""
        with self._writer, self._writing() as session, session.begin():
            session.info[_ROWS] = {}
            if not self.is_sqlite:
                session.execute(select(ChainHead).order_by(ChainHead.name).with_for_update())
            yield session
            write_rows(session)
        for callback in self._on_commit:
            callback()

    def close(self) -> None:
        """Give back every connection."""
        self._engine.dispose()


def sqlite_url(path: Path) -> str:
    """The address of a file."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def _server_engine(url: URL) -> Engine:
    if url.get_backend_name() != "postgresql":
        raise KhienError("database.unsupported", backend=url.get_backend_name())
    driver = url.set(drivername="postgresql+psycopg")
    return create_engine(driver, pool_size=10, max_overflow=10, pool_pre_ping=True, connect_args={"connect_timeout": 5})


def _sqlite_engine(url: URL) -> Engine:
    if sqlite.sqlite_version_info < SAFE_SQLITE:
        raise KhienError("database.unsafe_sqlite", found=sqlite.sqlite_version)
    if url.database:
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(url, module=sqlite, pool_size=10, max_overflow=30, connect_args={"timeout": 20})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: Any) -> None:
    # None: the driver opens no transaction of its own; `_begin_sqlite` does.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def reason_of(error: OperationalError) -> str:
    """What the server said, on one line, for an error a person reads."""
    return " ".join(str(error.orig).split())[:200]
