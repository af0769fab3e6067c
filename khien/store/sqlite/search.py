"""An event query as SQL over one event file. Every value is bound, never written into the text."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import apsw
import orjson

from khien.clock import Clock
from khien.errors import KhienError
from khien.schema import FieldType, load_schema
from khien.store.field_value import field_type
from khien.store.query import EventQuery, FieldFilter, TextTerm, text_terms
from khien.text import words

#: A search ends here, whatever it has found (reliability design, section 8).
SEARCH_SECONDS = 10
_STEPS_BETWEEN_LOOKS = 20_000
_COLUMNS = {"event.dataset": "dataset", "event.id": "id", "source.ip": "source_ip", "destination.ip": "destination_ip"}

Row = tuple[int, str, bytes]
Binding = str | int


def search_file(reader: apsw.Connection, query: EventQuery, *, clock: Clock) -> list[Row]:
    """Time, id and line of the first `limit + 1` events of this file, in the order asked."""
    sql, bindings = event_sql(query)
    with bounded(reader, clock=clock):
        return [(int(str(time)), str(item), _blob(line)) for time, item, line in reader.execute(sql, bindings)]


@contextmanager
def bounded(reader: apsw.Connection, *, clock: Clock) -> Iterator[None]:
    """Stop what takes longer than `SEARCH_SECONDS`: KhienError `store.search_too_long`."""
    reader.set_progress_handler(_deadline(clock), _STEPS_BETWEEN_LOOKS)
    try:
        yield
    except apsw.InterruptError as error:
        raise KhienError("store.search_too_long", seconds=SEARCH_SECONDS) from error
    finally:
        reader.set_progress_handler(None)


def event_sql(query: EventQuery) -> tuple[str, list[Binding]]:
    """The statement and its bindings."""
    conditions, bindings = ["time_us >= ? AND time_us < ?"], list[Binding]([query.start_us, query.end_us])
    if query.after is not None:
        relation = ">" if query.oldest_first else "<"
        conditions.append(f"(time_us, id) {relation} (?, ?)")
        bindings += [query.after.time_us, query.after.item_id]
    for one in query.filters:
        condition, values = _filter_sql(one)
        conditions.append(condition)
        bindings += values
    for match in _word_matches(query):
        conditions.append("seq IN (SELECT rowid FROM searched WHERE searched MATCH ?)")
        bindings.append(match)
    direction = "ASC" if query.oldest_first else "DESC"
    bindings.append(query.limit + 1)
    where = " AND ".join(conditions)
    sql = f"SELECT time_us, id, line FROM event WHERE {where} ORDER BY time_us {direction}, id {direction} LIMIT ?"  # noqa: S608
    return sql, bindings


def _filter_sql(one: FieldFilter) -> tuple[str, list[Binding]]:
    column = _COLUMNS.get(one.field)
    if column is not None and (field_type(one.field) is not FieldType.IP or all(map(_is_address, one.values))):
        marks = ", ".join("?" * len(one.values))
        return f"{column} IN ({marks})", list(one.values)
    return "has_value(line, ?, ?)", [one.field, orjson.dumps(one.values).decode()]


def _is_address(value: str) -> bool:
    """Whether the text is an address in the one form that events hold."""
    try:
        return str(ipaddress.ip_address(value)) == value
    except ValueError:
        return False


def _word_matches(query: EventQuery) -> Iterator[str]:
    """FTS5 expressions that must all hold: the free text, and for each filter on a searched field the words of its values.

    The latter only make the search faster: `has_value` has the last word.
    """
    if query.text is not None:
        yield " AND ".join(map(_phrase, text_terms(query.text)))
    searched = {field.name for field in load_schema().searched if field.type is not FieldType.IP}
    for one in query.filters:
        phrases = [TextTerm(words=tuple(words(value)), is_prefix=False) for value in one.values]
        if one.field in searched and all(phrase.words for phrase in phrases):
            yield " OR ".join(map(_phrase, phrases))


def _phrase(term: TextTerm) -> str:
    """A quoted FTS5 phrase; folded words hold neither quotes nor operators."""
    return f'"{" ".join(term.words)}"{"*" if term.is_prefix else ""}'


def _deadline(clock: Clock) -> Callable[[], bool]:
    end = clock.monotonic() + SEARCH_SECONDS
    return lambda: clock.monotonic() > end


def _blob(value: apsw.SQLiteValue) -> bytes:
    assert isinstance(value, bytes), "the column is a STRICT BLOB"
    return value
