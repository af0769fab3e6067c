"""Lines that rules hit, kept so that late events can be evaluated together with them (docs/concepts/late-repair.md).

Stamped lines, not hits: after a change of rules the rules of that day judge. They stand in compressed blocks in the file of the
checkpoint, each with its first and last event time, and are written in its transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apsw
import zstandard

from correlator.correlation.domain import SKEW_US
from correlator.correlation.lane import BEGINNING
from correlator.database import rows
from khien.clock import MICROSECONDS, parse_utc

#: Seven days; the budget holds about as much for a city (a guess: 300 bytes a line before, 40 after compression).
KEPT_US = 7 * 86_400 * MICROSECONDS
MOST_BYTES = 1 << 30
#: A block is written at this size at the latest: reading one never needs more memory.
_BLOCK_BYTES = 4 << 20
_LEVEL = 3
_TIME = slice(len('{"@timestamp":"'), len('{"@timestamp":"') + 27)

SCHEMA = """
create table if not exists kept (
    position integer primary key, dataset text not null, first_us integer not null, last_us integer not null,
    ingested_us integer not null, watermark_us integer not null, events integer not null, body blob not null
);
create index if not exists kept_by_time on kept (dataset, last_us);
create index if not exists kept_in_order on kept (dataset, first_us, position);
"""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that were taken in together: that moment bounds what their clocks may claim."""

    ingested_us: int
    lines: bytes
    #: Of the others, when it was written: what came after it and is not later than this was late.
    watermark_us: int = BEGINNING
    position: int = 0
    first_us: int = 0


class KeptLines:
    """The table. Whoever calls holds the checkpoint's lock and, for `add` and `trim`, its transaction."""

    def __init__(self, connection: apsw.Connection, *, most_bytes: int = MOST_BYTES) -> None:
        self._connection = connection
        self._most_bytes = most_bytes
        self.gone_us = BEGINNING
        for statement in SCHEMA.split(";\n"):
            connection.execute(statement)
        self._bytes = int(str(connection.execute("select coalesce(sum(length(body)), 0) from kept").fetchall()[0][0]))

    def add(self, dataset: str, lines: Iterable[bytes], *, ingested_us: int, watermark_us: int = BEGINNING) -> None:
        """Lines of one intake, each with its newline."""
        block: list[bytes] = []
        size = 0
        for line in lines:
            block.append(line)
            size += len(line)
            if size >= _BLOCK_BYTES:
                self._write(dataset, block, ingested_us, watermark_us)
                block, size = [], 0
        if block:
            self._write(dataset, block, ingested_us, watermark_us)

    def read(self, dataset: str, *, first_us: int, last_us: int) -> Iterator[Block]:
        """The blocks that hold lines of this time, in the order in which they came; they may hold others too."""
        found = self._connection.execute(
            "select ingested_us, body from kept where dataset = ? and last_us >= ? and first_us <= ? order by position",
            (dataset, first_us, last_us),
        )
        for ingested_us, body in found:
            assert isinstance(ingested_us, int), "as the schema has it"
            assert isinstance(body, bytes), "as the schema has it"
            yield Block(ingested_us, zstandard.ZstdDecompressor().decompress(body))

    def following(self, dataset: str, after: Block | None, *, through: int) -> Block | None:
        """The next block up to this position in the order of first times."""
        begin = (-(2**63), 0) if after is None else (after.first_us, after.position)
        return self._one("position <= ? and (first_us, position) > (?, ?) order by first_us, position", dataset, (through, *begin))

    def added(self, dataset: str, *, after: int) -> Block | None:
        """The next block in the order in which they were written."""
        return self._one("position > ? order by position", dataset, (after,))

    def last_position(self) -> int:
        """Of the block that was written last."""
        return int(str(self._connection.execute("select coalesce(max(position), 0) from kept").fetchall()[0][0]))

    def _one(self, where: str, dataset: str, values: tuple[int, ...]) -> Block | None:
        query = f"select ingested_us, body, watermark_us, position, first_us from kept where dataset = ? and {where} limit 1"  # noqa: S608 - fixed texts
        for ingested_us, body, watermark_us, position, first_us in rows(self._connection, query, (dataset, *values)):
            return Block(ingested_us, zstandard.ZstdDecompressor().decompress(body), watermark_us, position, first_us)
        return None

    def since_us(self, dataset: str) -> int | None:
        """From here on everything is there; None when nothing is."""
        row = self._connection.execute("select min(first_us) from kept where dataset = ?", (dataset,)).fetchall()[0]
        return None if row[0] is None else int(str(row[0]))

    def trim(self, dataset: str, *, watermark_us: int) -> int:
        """Drop what is older than seven days; then, of all datasets, what is beyond the budget. How many events that cost.

        `gone_us` is then the newest time of which something is missing.
        """
        self._drop("dataset = ? and last_us < ?", (dataset, watermark_us - KEPT_US))
        dropped = 0
        while self._bytes > self._most_bytes:
            dropped += self._drop("position = (select min(position) from kept)", ())
        return dropped

    def forget(self, dataset: str) -> None:
        """The dataset is over."""
        self._drop("dataset = ?", (dataset,))

    def _drop(self, where: str, values: tuple[str | int, ...]) -> int:
        query = f"select coalesce(sum(length(body)), 0), coalesce(sum(events), 0), max(last_us) from kept where {where}"  # noqa: S608 - fixed texts
        size, events, last_us = self._connection.execute(query, values).fetchall()[0]
        if events:
            self.gone_us = max(self.gone_us, int(str(last_us)))
            self._connection.execute(f"delete from kept where {where}", values)  # noqa: S608 - fixed texts
            self._bytes -= int(str(size))
        return int(str(events))

    def _write(self, dataset: str, lines: list[bytes], ingested_us: int, watermark_us: int) -> None:
        # The frame's times are texts of one length: their order is that of the times.
        times = [line[_TIME] for line in lines]
        first_us, last_us = (parse_utc(time.decode("ascii")) for time in (min(times), max(times)))
        body = zstandard.ZstdCompressor(level=_LEVEL).compress(b"".join(lines))
        # A wrong clock's event counts at the time of its intake.
        row = (
            dataset,
            min(first_us, ingested_us),
            min(last_us, ingested_us + SKEW_US),
            ingested_us,
            watermark_us,
            len(lines),
            body,
        )
        self._connection.execute(
            "insert into kept (dataset, first_us, last_us, ingested_us, watermark_us, events, body) values (?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        self._bytes += len(body)
