"""Lists as CSV (RFC 4180), for a spreadsheet: what begins like a formula is a text there, times are the city's.

Rows are read page by page with the same function as the list on the page, so that nobody's file holds what their page does not.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from khien.clock import CITY_ZONE, MICROSECONDS

#: OWASP, CSV injection: a spreadsheet calculates what begins so.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Excel reads UTF-8 only behind this.
_BYTE_ORDER_MARK = "\ufeff"


def lines(columns: Iterable[tuple[str, Callable[[Any], object]]], rows: Iterable[Any]) -> Iterator[bytes]:
    """A head and the rows, as bytes ready to be sent."""
    named = list(columns)
    yield _line([name for name, _ in named], mark=_BYTE_ORDER_MARK)
    for row in rows:
        yield _line([cell(read(row)) for _, read in named])


def cell(value: object) -> str:
    """A value as a spreadsheet should show it."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return cell(", ".join(str(each) for each in value))
    text = str(value)
    # A number stays one: `-5` is no formula.
    return f"'{text}" if text.startswith(_FORMULA) and not isinstance(value, int | float) else text


def time(at_us: int | None) -> str:
    """`2026-11-23 09:00:00+07:00`."""
    if at_us is None:
        return ""
    return dt.datetime.fromtimestamp(at_us // MICROSECONDS, tz=CITY_ZONE).isoformat(sep=" ")


def _line(cells: list[str], *, mark: str = "") -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return (mark + out.getvalue()).encode()
