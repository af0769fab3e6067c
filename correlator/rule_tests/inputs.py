"""A case's input as lines in the producer's frame: inline events, raw log lines through the real parser, or a capture."""

from __future__ import annotations

import copy
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from correlator.rule_tests.case import CaseFile, RuleCase
from correlator.rule_tests.readers import read_capture, read_log
from khien.clock import MICROSECONDS, format_utc, parse_utc
from khien.errors import KhienError
from khien.event import LineRejected, encode

#: Where `at` counts from: an ordinary working day; nothing may depend on it.
START_US = parse_utc("2026-03-02T02:00:00.000000Z")
_OFFSET = re.compile(r"(\d+(?:\.\d{1,6})?)(us|ms|s|m|h|d)?")
_UNITS = {"us": 1, "ms": 1_000, "s": MICROSECONDS, "m": 60 * MICROSECONDS, "h": 3_600 * MICROSECONDS, "d": 86_400 * MICROSECONDS}
_MOST_EVENTS = 10_000
_LOG_KEYS = frozenset({"format", "lines", "file", "year", "utc_offset_minutes", "host"})
_HANOI_MINUTES = 420


def lines_of(file: CaseFile, case: RuleCase) -> list[bytes]:
    """The events of a case, one framed line each, in the order written. Raises KhienError `rule_test.invalid`."""
    kind, value = next(iter(case.source.items()))
    try:
        match kind:
            case "events":
                return _inline(file, value)
            case "log":
                return _log(file, value)
            case _:
                return read_capture(_fixture(file, value))
    except (LineRejected, ValueError, KeyError, TypeError) as error:
        if isinstance(error, KhienError):
            raise
        raise KhienError("rule_test.invalid", location=case.location, detail=str(error) or type(error).__name__) from error


def _inline(file: CaseFile, events: object) -> list[bytes]:
    if isinstance(events, str):
        return _jsonl(_fixture(file, events))
    if not isinstance(events, list) or not events:
        message = "`events` is a list of events or a `.jsonl` file"
        raise ValueError(message)
    return inline(file.defaults, events)


def inline(defaults: Mapping[str, Any], events: Iterable[object]) -> list[bytes]:
    """Events as a case writes them (dotted names, `at`, `repeat`), framed. Raises `ValueError`, `TypeError`, `LineRejected`."""
    found = [encode(event) for entry in events for event in _expanded(defaults, entry)]
    if len(found) > _MOST_EVENTS:
        message = f"more than {_MOST_EVENTS} events"
        raise ValueError(message)
    return found


def _expanded(defaults: Mapping[str, Any], entry: object) -> Iterator[dict[str, Any]]:
    """One event, or as many as `repeat` says: `{times, every, vary: {field: [values in turn]}}`."""
    if not isinstance(entry, dict):
        message = "an event is a map"
        raise TypeError(message)
    own = dict(entry)
    repeat = own.pop("repeat", {"times": 1})
    at_us = _offset(own.pop("at", 0))
    unknown = set(repeat) - {"times", "every", "vary"}
    if unknown:
        message = f"unknown key `{min(unknown)}` in `repeat`"
        raise ValueError(message)
    every_us = _offset(repeat.get("every", 0))
    for number in range(int(repeat["times"])):
        event: dict[str, Any] = {}
        _put_all(event, copy.deepcopy(dict(defaults)))
        _put_all(event, copy.deepcopy(own))
        for field, values in repeat.get("vary", {}).items():
            _put(event, field, str(values).replace("{n}", str(number)) if isinstance(values, str) else values[number % len(values)])
        event.setdefault("@timestamp", format_utc(START_US + at_us + number * every_us))
        if isinstance(event["@timestamp"], dt.datetime):
            event["@timestamp"] = format_utc(parse_utc(event["@timestamp"].isoformat()))
        event.setdefault("event", {}).setdefault("kind", "event")
        event.setdefault("khien", {}).setdefault("schema", 1)
        yield event


def _put_all(event: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        if name != "@timestamp" and isinstance(value, dict):
            _put_all(event, {f"{name}.{inner}": content for inner, content in value.items()})
        else:
            _put(event, name, value)


def _put(event: dict[str, Any], field: str, value: object) -> None:
    """A dotted name becomes nested objects, as events have them."""
    *above, last = [field] if field == "@timestamp" else field.split(".")
    for name in above:
        event = event.setdefault(name, {})
    event[last] = value


def _offset(text: object) -> int:
    found = _OFFSET.fullmatch(str(text))
    if found is None:
        message = f"`{text}` is not a time such as 90s, 2m or 500ms"
        raise ValueError(message)
    seconds, unit = found.groups()
    whole, _, fraction = seconds.partition(".")
    scale = _UNITS[unit or "s"]
    return int(whole) * scale + (int(fraction.ljust(6, "0")) * scale // MICROSECONDS if fraction else 0)


def _log(file: CaseFile, source: object) -> list[bytes]:
    """`{format, lines | file, year}`: raw lines through the parser that the log sensor uses."""
    if not isinstance(source, dict) or set(source) - _LOG_KEYS or "format" not in source:
        message = "`log` has a `format`, and `lines` or a `file`"
        raise ValueError(message)
    text = "".join(f"{line}\n" for line in source["lines"]) if "lines" in source else None
    raw = text.encode() if text is not None else _fixture(file, source["file"]).read_bytes()
    return read_log(
        raw,
        name=str(source["format"]),
        year=source.get("year"),
        utc_offset_minutes=int(source.get("utc_offset_minutes", _HANOI_MINUTES)),
        host=source.get("host"),
    )


def _jsonl(path: Path) -> list[bytes]:
    return [line + b"\n" for line in path.read_bytes().split(b"\n") if line]


def _fixture(file: CaseFile, name: object) -> Path:
    """A file below `<rule>.data/`, or beside the rule; never outside of its folder."""
    folder = file.path.parent.resolve()
    path = (folder / str(name)).resolve()
    if not path.is_relative_to(folder):
        message = f"`{name}` is outside of the rule's folder"
        raise ValueError(message)
    return path
