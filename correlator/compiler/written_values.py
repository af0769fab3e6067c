"""Values as they stand in a rule, judged before any reader of Sigma meets them: its words for them are Python's, not people's."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping

from correlator.compiler.documents import Document
from correlator.compiler.rejection import Reason, RejectedDocumentError

_NO_SELECTIONS = frozenset({"condition", "timeframe", "rules"})
#: As many digits as an event's number may have to be one.
MOST_DIGITS = 64
LONGEST_REGEX = 10_000
#: Groups inside of groups; the engine that runs expressions refuses more than 250, the parser of pySigma calls itself for each.
DEEPEST_REGEX = 100
#: An escaped character, a class, or a parenthesis.
_REGEX_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()]", re.DOTALL)


def check_values(document: Document) -> None:
    """Raises `RejectedDocumentError` at the value: dates, bytes, maps, numbers that no event has, expressions nobody could run."""
    for key in ("detection", "filter"):
        block = document.content.get(key)
        for place, name, value in _values_of(block if isinstance(block, dict) else {}):
            fault = _fault(name, value)
            if fault is not None:
                raise RejectedDocumentError(*fault, location=document.at(key, *place))


def _values_of(block: Mapping[str, object]) -> Iterator[tuple[tuple[str | int, ...], str, object]]:
    """Every value of the selections with its place and the `field|modifier` it stands behind; keywords have none."""
    for selection, written in block.items():
        if selection in _NO_SELECTIONS:
            continue
        for number, entry in enumerate(written if isinstance(written, list) else [written]):
            above = (selection, number) if isinstance(written, list) else (selection,)
            if not isinstance(entry, dict):
                yield above, "", entry
                continue
            for name, value in entry.items():
                for one in value if isinstance(value, list) else [value]:
                    yield (*above, str(name)), str(name), one


def _fault(name: str, value: object) -> tuple[Reason, str] | None:
    detail: str | None = None
    match value:
        case dt.date():
            detail = f"`{value}` is a date in YAML, not a text: put it in quotes"
        case bytes():
            detail = "binary data in YAML, not a text: put it in quotes"
        case set():
            detail = "a set in YAML: write a list"
        case dict() if name:
            detail = "a map stands where a value is expected"
        case float() if not math.isfinite(value):
            detail = f"`{value}` is no number that an event can have"
        case int() if abs(value) >= 10**MOST_DIGITS:
            detail = f"a number of more than {MOST_DIGITS} digits"
        case str() if "re" in name.split("|")[1:]:
            return _fault_of_regex(value)
    return None if detail is None else (Reason.VALUE_TYPE, detail)


def _fault_of_regex(pattern: str) -> tuple[Reason, str] | None:
    if len(pattern) > LONGEST_REGEX:
        return Reason.REGEX_SIZE, f"longer than {LONGEST_REGEX} characters"
    depth = 0
    for token in _REGEX_TOKEN.findall(pattern):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth > DEEPEST_REGEX:
            return Reason.REGEX_SIZE, f"groups nested deeper than {DEEPEST_REGEX}"
    return None
