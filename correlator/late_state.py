"""What the checkpoint holds so that late events can be evaluated again: lines, last words, backlogs, and the account of gaps.

It lives in the checkpoint's file and is written in its transactions; whoever calls holds its lock (docs/concepts/late-repair.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apsw
import orjson
import zstandard

from correlator.correlation.domain import MAIN, SKEW_US, TIME, Backlog, Domain, Stream
from correlator.correlation.lane import BEGINNING
from correlator.database import rows
from correlator.gaps import GapLedger, How, Span
from correlator.kept import KEPT_US, Block, KeptLines
from khien.alert import Alert
from khien.clock import format_utc
from khien.delivery import END

SCHEMA = """
create table kept_since (
    dataset text primary key, since_us integer not null, began_us integer not null, rules text not null
) without rowid;
create table said (
    dataset text not null, alert_id text not null, last_us integer not null, complete integer not null, body blob not null,
    primary key (dataset, alert_id)
) without rowid;
create index said_by_time on said (dataset, last_us);
create table backlogs (
    dataset text not null, sensor text not null, epoch integer not null, first_us integer not null, heard_us integer not null,
    rules text not null, primary key (dataset, sensor, epoch)
) without rowid;
create table gaps (
    dataset text not null, sensor text not null, name text not null, spans text not null, primary key (dataset, sensor, name)
) without rowid;
"""
#: Last words kept; beyond it the oldest go, and with them the time that can be evaluated again (a guess: 2 KiB each).
MOST_SAID = 200_000


@dataclass(frozen=True, slots=True)
class Since:
    """From here on everything is kept; `began_us`: where absence began to be judged."""

    since_us: int
    began_us: int


class LateState:
    """The tables. `rules` names the rules in force: what they say is only known from the day on which they came."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.kept = KeptLines(connection)
        self._said = int(str(connection.execute("select count(*) from said").fetchall()[0][0]))

    def write(self, domain: Domain) -> None:
        """What came since the last checkpoint."""
        main_us, name = domain.last_us, domain.dataset
        for ingested_us, lines in _joined(domain.intake):
            self.kept.add(name, lines, ingested_us=ingested_us, watermark_us=main_us)
        domain.intake = []
        if main_us > BEGINNING:
            self._connection.execute(
                "update kept_since set began_us = ? where dataset = ? and began_us = ?", (main_us, name, BEGINNING)
            )
        self._trim(domain)
        self._connection.execute("delete from backlogs where dataset = ?", (name,))
        for (sensor, epoch), one in _all_backlogs(domain).items():
            row = (name, sensor, epoch, one.first_us, one.heard_us, orjson.dumps(sorted(one.rules)).decode())
            self._connection.execute("insert into backlogs values (?, ?, ?, ?, ?, ?)", row)
        for sensor, source in sorted(domain.gaps_changed):
            spans = [(span.from_us, span.to_us, span.how.value) for span in domain.gaps[sensor, source].spans]
            self._connection.execute(
                "insert or replace into gaps values (?, ?, ?, ?)", (name, sensor, source, orjson.dumps(spans).decode())
            )
        domain.gaps_changed.clear()

    def load(self, domain: Domain) -> None:
        """As it was."""
        name = (domain.dataset,)
        for sensor, epoch, first_us, heard_us, rules in rows(
            self._connection, "select sensor, epoch, first_us, heard_us, rules from backlogs where dataset = ?", name
        ):
            domain.backlogs[sensor, epoch] = Backlog(set(orjson.loads(rules)), first_us, heard_us)
        for sensor, source, spans in rows(self._connection, "select sensor, name, spans from gaps where dataset = ?", name):
            found = tuple(Span(from_us, to_us, How(how)) for from_us, to_us, how in orjson.loads(spans))
            domain.gaps[sensor, source] = GapLedger(found)
        main_us = domain.lane(MAIN).watermark_us
        if main_us < END:
            domain.last_us = main_us

    def forget(self, domain: Domain) -> None:
        """The dataset is over."""
        self.kept.forget(domain.dataset)
        domain.intake = []
        for table in ("kept_since", "said", "backlogs", "gaps"):
            self._connection.execute(f"delete from {table} where dataset = ?", (domain.dataset,))  # noqa: S608 - a fixed name
        self._said = int(str(self._connection.execute("select count(*) from said").fetchall()[0][0]))

    def begin(self, dataset: str, rules: bytes, *, watermark_us: int) -> None:
        """These rules judge from now on; of what was before other ones came, nothing is said again."""
        digest = hashlib.sha256(rules).hexdigest()
        self._connection.execute(
            "insert into kept_since values (?1, ?2, ?2, ?3) on conflict do update"
            " set since_us = max(since_us, ?4), rules = excluded.rules where rules != excluded.rules",
            (dataset, BEGINNING, digest, min(watermark_us, END)),
        )

    def since(self, dataset: str) -> Since:
        """What can be evaluated again."""
        for since_us, began_us in rows(self._connection, "select since_us, began_us from kept_since where dataset = ?", (dataset,)):
            return Since(since_us, max(since_us, began_us))
        return Since(BEGINNING, BEGINNING)

    def last_word(self, alert: Alert) -> Alert:
        """The alert as it must be said: with the account of its repairs."""
        found = rows(self._connection, "select body from said where dataset = ? and alert_id = ?", (alert.dataset, alert.id))
        if not found:
            return alert
        old = _alert(found[0][0])
        if old.amended == 0 or alert.amended > old.amended:
            return alert
        # Said to be over, and there again: that is a newer word too.
        amended = old.amended + (old.withdrawn or old.superseded_by is not None)
        return alert.model_copy(update={"amended": amended, "supersedes": old.supersedes, "complete": old.complete})

    def say(self, alert: Alert) -> None:
        """The last word on it."""
        body = zstandard.ZstdCompressor(level=3).compress(alert.model_dump_json().encode())
        before = self._connection.total_changes()
        row = (alert.dataset, alert.id, max(alert.last_us, alert.window.end_us), alert.complete, body)
        self._connection.execute("insert or ignore into said values (?, ?, ?, ?, ?)", row)
        if self._connection.total_changes() == before:
            query = "update said set last_us = ?3, complete = ?4, body = ?5 where dataset = ?1 and alert_id = ?2"
            self._connection.execute(query, row)
        else:
            self._said += 1

    def said(self, dataset: str, *, from_us: int) -> Iterator[Alert]:
        """The last word on each alert that reaches into this time."""
        query = "select body from said where dataset = ? and last_us >= ?"
        return (_alert(body) for (body,) in self._connection.execute(query, (dataset, from_us)))

    def incomplete(self, dataset: str, *, limit: int, after: str) -> list[Alert]:
        """Last words that say that something was missing, in the order of their ids."""
        query = "select body from said where dataset = ? and alert_id > ? and complete = 0 order by alert_id limit ?"
        return [_alert(body) for (body,) in rows(self._connection, query, (dataset, after, limit))]

    def next_block(self, dataset: str, after: Block | None, *, through: int) -> Block | None:
        """The next of the blocks that were there, by time."""
        return self.kept.following(dataset, after, through=through)

    def _trim(self, domain: Domain) -> None:
        if domain.last_us == BEGINNING:
            return
        oldest_us, name = domain.last_us - KEPT_US, domain.dataset
        self.kept.gone_us = BEGINNING
        domain.counts["kept_dropped"] += self.kept.trim(name, watermark_us=domain.last_us)
        gone_us = self.kept.gone_us
        before = self._connection.total_changes()
        self._connection.execute("delete from said where dataset = ? and last_us < ?", (name, oldest_us))
        old = self._connection.total_changes() - before
        if old:
            gone_us = max(gone_us, oldest_us)
        self._said -= old
        if self._said > MOST_SAID:
            many = self._said - MOST_SAID * 9 // 10
            query = "select alert_id, last_us from said where dataset = ? order by last_us limit ?"
            found = rows(self._connection, query, (name, many))
            self._connection.executemany("delete from said where dataset = ? and alert_id = ?", [(name, one) for one, _ in found])
            self._said -= len(found)
            domain.counts["said_dropped"] += len(found)
            gone_us = max([gone_us, *(last_us for _, last_us in found)])
        if gone_us > BEGINNING:
            # The budget is one for all datasets: whichever lost something, all say less.
            self._connection.execute("update kept_since set since_us = max(since_us, ?)", (gone_us + 1,))


def _alert(body: bytes) -> Alert:
    return Alert.model_validate_json(zstandard.ZstdDecompressor().decompress(body))


def _all_backlogs(domain: Domain) -> dict[Stream, Backlog]:
    """Those that a repair looks at are there until it is done."""
    found: dict[Stream, Backlog] = {}
    for backlogs in (domain.repairing, domain.backlogs):
        for stream, one in backlogs.items():
            found.setdefault(stream, Backlog()).add(one.rules, first_us=one.first_us, heard_us=one.heard_us)
    return found


def _joined(intake: Iterable[tuple[int, list[bytes]]]) -> Iterator[tuple[int, list[bytes]]]:
    """Small intakes as one, where no line's clock is judged otherwise for it."""
    lines: list[bytes] = []
    ingested_us, bound, newest = 0, b"", b""
    for one_us, found in intake:
        # A line ahead of its own intake stays with that.
        most = max(newest, *(line[TIME] for line in found))
        if lines and most <= bound and one_us >= ingested_us:
            lines.extend(found)
            newest = most
            continue
        if lines:
            yield ingested_us, lines
        ingested_us, lines = one_us, list(found)
        bound, newest = format_utc(ingested_us + SKEW_US).encode(), max(line[TIME] for line in found)
    if lines:
        yield ingested_us, lines
