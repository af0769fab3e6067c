"""What can be asked of a store: always a dataset, a time range and a limit, so that no question is without bound."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from khien.alert import Alert
from khien.errors import KhienError
from khien.ids import Dataset
from khien.store.field_value import parse_value
from khien.text import words

#: Most rows of one page.
LONGEST_PAGE = 1_000
#: Most field filters, values of one filter, terms of a text, and datasets of one query.
MOST_CLAUSES = 32
#: Longest value that can be equalled (Lucene's 32,766 bytes of a term, at four bytes a character).
LONGEST_VALUE = 8_191

_TERM = re.compile(r'"([^"]*)"?|(\S+)')


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of the last row of a page: event time and id. Opaque to whoever pages with it."""

    time_us: int
    item_id: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The place, or KhienError `store.bad_cursor`."""
        time, separator, item_id = text.partition("~")
        if not separator or not item_id or re.fullmatch(r"-?\d{1,18}", time, re.ASCII) is None:
            raise KhienError("store.bad_cursor", cursor=text)
        return cls(int(time), item_id)

    def __str__(self) -> str:
        return f"{self.time_us}~{self.item_id}"


@dataclass(frozen=True, slots=True)
class FieldFilter:
    """The field has one of these values (of a list: any element has). An `ip` field also takes a network in CIDR form."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextTerm:
    """Folded words that stand side by side; with `is_prefix` the last one may go on."""

    words: tuple[str, ...]
    is_prefix: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """Events of some datasets with `start_us <= event time < end_us`, newest first unless told otherwise.

    `datasets` are values of khien.dataset. `text` is free text over the searched fields of the schema, folded: every term must
    occur; `"…"` and `a.b.c` are phrases, a trailing `*` leaves the last word open; nothing else has a meaning.
    """

    datasets: tuple[str, ...]
    start_us: int
    end_us: int
    filters: tuple[FieldFilter, ...] = ()
    text: str | None = None
    limit: int = 100
    after: Cursor | None = None
    oldest_first: bool = False

    def __post_init__(self) -> None:
        check_bounds(self.datasets, start_us=self.start_us, end_us=self.end_us, limit=self.limit)
        if len(self.filters) > MOST_CLAUSES or any(len(one.values) > MOST_CLAUSES for one in self.filters):
            raise KhienError("store.bad_query", reason=f"more than {MOST_CLAUSES} filters or values")
        if any(len(value) > LONGEST_VALUE for one in self.filters for value in one.values):
            raise KhienError("store.bad_query", reason=f"a value longer than {LONGEST_VALUE} characters")
        if any(not one.values for one in self.filters):
            raise KhienError("store.bad_query", reason="a filter without values")
        for one in self.filters:
            for value in one.values:
                parse_value(one.field, value)
        if self.text is not None and not text_terms(self.text):
            raise KhienError("store.bad_query", reason="the text holds no letter or digit")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertQuery:
    """Alerts of some datasets with `start_us <= first < end_us`, newest first."""

    datasets: tuple[str, ...]
    start_us: int
    end_us: int
    least_severity: int = 1
    rule_ids: tuple[str, ...] = ()
    entity: str | None = None
    limit: int = 100
    after: Cursor | None = None

    def __post_init__(self) -> None:
        check_bounds(self.datasets, start_us=self.start_us, end_us=self.end_us, limit=self.limit)
        if len(self.rule_ids) > MOST_CLAUSES:
            raise KhienError("store.bad_query", reason=f"more than {MOST_CLAUSES} rules")


@dataclass(frozen=True, slots=True)
class EventPage:
    """Lines as they were put (without newline), in the order asked; `after` goes on, or is None at the end."""

    lines: tuple[bytes, ...]
    after: Cursor | None


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Alerts in the order asked; `after` goes on, or is None at the end."""

    alerts: tuple[Alert, ...]
    after: Cursor | None


def check_bounds(datasets: tuple[str, ...], *, start_us: int, end_us: int, limit: int) -> None:
    """Refuse a question without bound."""
    if not 1 <= len(datasets) <= MOST_CLAUSES:
        raise KhienError("store.bad_query", reason=f"1 to {MOST_CLAUSES} datasets must be named")
    for dataset in datasets:
        parse_dataset(dataset)
    if start_us >= end_us:
        raise KhienError("store.bad_query", reason="the time range is empty")
    if not 1 <= limit <= LONGEST_PAGE:
        raise KhienError("store.bad_query", reason=f"the limit must be 1 to {LONGEST_PAGE}")


def parse_dataset(text: str) -> Dataset:
    """The dataset, or KhienError `store.bad_query`."""
    try:
        return Dataset.parse(text)
    except ValueError as error:
        raise KhienError("store.bad_query", reason=str(error)) from error


def text_terms(text: str) -> tuple[TextTerm, ...]:
    """The terms of a free text; empty when it holds no letter or digit."""
    found: list[TextTerm] = []
    for quoted, bare in _TERM.findall(text):
        term = tuple(words(quoted or bare))
        if term:
            found.append(TextTerm(words=term, is_prefix=bare.endswith("*")))
    if len(found) > MOST_CLAUSES:
        raise KhienError("store.bad_query", reason=f"more than {MOST_CLAUSES} words")
    return tuple(found)
