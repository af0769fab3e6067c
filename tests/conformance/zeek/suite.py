"""Run the captures and compare the rows."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import khien_engine
import yaml

from tests.conformance.engine import Event, Value, read, split
from tests.conformance.outcome import Check, Report
from tests.conformance.running import run_all
from tests.conformance.zeek.baseline import Log, logs, typed
from tests.conformance.zeek.comparison import IGNORED, pair
from tests.conformance.zeek.registry import Row, makers

#: Zeek's own defaults: it follows streams from their middle, knows no VLANs, and ends silent flows after these seconds.
SETTINGS: dict[str, Value] = {
    "checksums": "off",
    "capture_secrets": True,
    "interim_interval": 0,
    "midstream": True,
    "vlan_in_key": False,
    "tcp_new_timeout": 5,
    "tcp_established_timeout": 300,
    "other_new_timeout": 60,
    "other_established_timeout": 60,
}
_EXCEPTIONS = Path(__file__).with_name("exceptions.yaml")


@dataclass(frozen=True, slots=True)
class Work:
    """All logs of one capture."""

    capture: Path
    logs: tuple[Log, ...]
    types: dict[tuple[str, str], str]


@dataclass(slots=True)
class Judged:
    """The verdicts on one capture."""

    checks: list[Check] = field(default_factory=list)
    excepted: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    not_compared: list[str] = field(default_factory=list)
    error: str | None = None


@cache
def exceptions() -> list[dict[str, Any]]:
    """The list of rows that are not aimed at."""
    listed: list[dict[str, Any]] = yaml.safe_load(_EXCEPTIONS.read_text(encoding="utf-8"))["exceptions"]
    return listed


def excepted(log: Log, text: Mapping[str, str]) -> str | None:
    """Why a row is not aimed at; `None` when it is."""
    for entry in exceptions():
        if fnmatchcase(log.place, entry["place"]) and all(text.get(name) in _listed(value) for name, value in _rows(entry)):
            return str(entry["reason"])
    return None


def _rows(entry: dict[str, Any]) -> list[tuple[str, Any]]:
    return list(entry.get("rows", {}).items())


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def our_rows(events: tuple[Event, ...], log: Log) -> list[Row]:
    """Our rows of a log; none where nobody makes them yet. `name@test` makes those of a test that changes Zeek's settings."""
    maker = makers().get(f"{log.name}@{log.test}") or makers().get(log.name)
    return [] if maker is None else list(maker(events))


def run_capture(work: Work) -> Judged:
    """Judge all logs of a capture; an engine that fails fails its rows."""
    judged = Judged()
    try:
        events = read(work.capture, split(SETTINGS)[0]).events
    except khien_engine.EngineError as error:
        judged.error, events = f"{work.capture.name}: {error}", ()
    for log in work.logs:
        _judge(log, work.types, our_rows(events, log), judged)
    return judged


def _judge(log: Log, types: Mapping[tuple[str, str], str], ours: list[Row], judged: Judged) -> None:
    aimed, spared = [], []
    for number, (row, text) in enumerate(zip(typed(log, types), log.rows, strict=True), start=1):
        reason = excepted(log, dict(zip(log.columns, text, strict=False)))
        if reason is None:
            aimed.append((number, row))
        else:
            judged.excepted[reason].append(f"{log.place}:{number}")
            spared.append(row)
    missing, left = pair([row for _, row in aimed], ours)
    identities = {id(row) for row in missing}
    for number, row in aimed:
        passed = id(row) not in identities
        judged.checks.append(Check(name=f"{log.place}:{number}", kind=log.name, passed=passed, strict=passed))
    _, extra = pair(spared, left)
    texts = ({name: "-" if value is None else str(value) for name, value in row.items()} for row in extra)
    # A row of ours that differs has failed once already, as the row that it should have been.
    unasked = sum(excepted(log, text) is None for text in texts) - len(missing)
    names = (f"{log.place}:extra {number}" for number in range(1, unasked + 1))
    judged.checks.extend(Check(name=name, kind=log.name, passed=False, strict=False) for name in names)
    if ours:
        columns = (column for column in log.columns if column not in IGNORED and column not in ours[0])
        judged.not_compared.extend(f"{log.name}.{column}" for column in columns)


def works(root: Path, select: Callable[[str], bool]) -> Iterator[Work]:
    """The captures with the logs that are ours."""
    found, types = logs(root)
    by_capture: dict[str, list[Log]] = defaultdict(list)
    for log in found:
        if select(log.place) or select(log.capture) or select(f"{log.capture}/{log.test}"):
            by_capture[log.capture].append(log)
    for capture, its_logs in by_capture.items():
        yield Work(capture=root / capture, logs=tuple(its_logs), types=types)


def run(root: Path, select: Callable[[str], bool]) -> Report:
    """The whole suite below `root`, or the captures, tests or logs selected by name."""
    report = Report(suite="zeek")
    chosen = list(works(root, select))
    for judged in run_all(run_capture, chosen, title=report.suite):
        report.extend(judged.checks)
        for reason, names in judged.excepted.items():
            report.unsupported[reason].extend(names)
        for column in judged.not_compared:
            report.notes["column not compared"].append(column)
        if judged.error is not None:
            report.notes["could not be read"].append(judged.error)
    report.notes["logs"] = [log.place for work in chosen for log in work.logs]
    report.notes["columns not compared: " + ", ".join(sorted(set(report.notes.pop("column not compared", []))))] = []
    return report
