"""What the checkpoint knows of rules: the correlations in force, and older versions whose windows have not all ended.

It lives in the checkpoint's file; whoever calls holds its lock and a transaction (docs/reference/correlation.md, section 10).
"""

from __future__ import annotations

from collections.abc import Iterable

import apsw

from correlator.correlation.lane import BEGINNING
from correlator.correlation_document import WithDetections, dumps, loads
from correlator.database import rows
from correlator.plan import Plan
from correlator.retired import in_force, leaving, mark_of
from khien.delivery import END

#: Younger than version 3 of the checkpoint; who does not know these tables forgets the groups of older versions, as it always did.
SCHEMA = """
create table if not exists in_force_mark (one integer primary key check (one = 1), mark blob not null);
create table if not exists in_force (place integer primary key, watch text not null unique, body blob not null);
create table if not exists retired_rules (place integer primary key, watch text not null unique, body blob not null);
create table if not exists retired (
    dataset text not null, sensor text not null, epoch integer not null, watch text not null, at_us integer not null,
    primary key (dataset, sensor, epoch, watch)
) without rowid
"""


class RetiredState:
    """The tables."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        connection.execute(SCHEMA)

    def change(self, plan: Plan) -> list[WithDetections]:
        """The plan is in force from now on; the older versions that go on beside it. Raises ValueError, KeyError or TypeError."""
        mark = mark_of(plan)
        if rows(self._connection, "select 1 from in_force_mark where mark = ?", (mark,)):
            return self._bodies("retired_rules")
        now = in_force(plan)
        before = self._bodies("in_force")
        if {one.watch for one in before} != set(now):
            for one in leaving(before, plan):
                self._connection.execute("insert or ignore into retired_rules (watch, body) values (?, ?)", (one.watch, dumps(one)))
                self._connection.execute(
                    "insert or replace into retired select dataset, sensor, epoch, ?, watermark_us from lanes"
                    " where watermark_us > ? and watermark_us < ?",
                    (one.watch, BEGINNING, END),
                )
        # Set back to what it was, a rule goes on with what it still has.
        for table in ("retired_rules", "retired"):
            self._connection.executemany(f"delete from {table} where watch = ?", [(watch,) for watch in now])  # noqa: S608 - fixed
        self._connection.execute("delete from in_force")
        self._connection.executemany(
            "insert into in_force (watch, body) values (?, ?)", [(watch, dumps(one)) for watch, one in now.items()]
        )
        self._connection.execute("insert or replace into in_force_mark values (1, ?)", (mark,))
        return self._bodies("retired_rules")

    def end(self) -> None:
        """All their windows have ended."""
        self._connection.execute("delete from retired_rules")
        self._connection.execute("delete from retired")

    def of_lane(self, place: tuple[str, str, int]) -> Iterable[tuple[str, int]]:
        """The older versions that had a watermark in this lane when they were replaced, and that."""
        query = "select watch, at_us from retired where dataset = ? and sensor = ? and epoch = ?"
        return [(watch, at_us) for watch, at_us in rows(self._connection, query, place)]

    def _bodies(self, table: str) -> list[WithDetections]:
        query = f"select body from {table} order by place"  # noqa: S608 - a fixed name
        return [loads(bytes(body)) for (body,) in rows(self._connection, query)]
