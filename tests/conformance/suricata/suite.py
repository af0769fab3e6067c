"""Run the tests and judge their filters."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import khien_engine

from khien.eve import eve_records as eve_of
from tests.conformance.engine import read, split
from tests.conformance.outcome import Check, Report
from tests.conformance.running import run_all
from tests.conformance.suricata.arguments import chosen
from tests.conformance.suricata.case import Case, Filter, cases
from tests.conformance.suricata.filter import matches
from tests.conformance.suricata.gating import unmet
from tests.conformance.suricata.scope import not_ours

#: A record's packet number depends on when an engine decides that a message is whole.
_FORGIVEN = "pcap_cnt"


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts of one test."""

    checks: list[Check] = field(default_factory=list)
    missing_settings: list[str] = field(default_factory=list)
    error: str | None = None


def eve_records(case: Case) -> tuple[list[dict[str, Any]], list[str]]:
    """The EVE records of a test's capture, and the settings it asked for that the engine lacks."""
    asked = chosen(case)
    settings, missing = split(asked.engine)
    assert case.capture is not None
    events = read(case.capture, settings).events
    return [record for event in events for record in eve_of(event, asked.view)], missing


def judge(filter_: Filter, records: list[dict[str, Any]]) -> Check:
    """One verdict."""
    strict = sum(matches(record, filter_.match) for record in records) == filter_.count
    passed = strict
    if not strict and _FORGIVEN in filter_.match:
        rest = {key: value for key, value in filter_.match.items() if key != _FORGIVEN}
        passed = sum(matches(record, rest) for record in records) == filter_.count
    return Check(name=filter_.name, kind=_kind(filter_), passed=passed, strict=strict)


def _kind(filter_: Filter) -> str:
    kind = filter_.kind
    assert kind is not None
    return kind


def run_case(case: Case) -> Judged:
    """Run one test; an engine that fails fails its checks."""
    try:
        records, missing = eve_records(case)
    except khien_engine.EngineError as error:
        failed = [Check(name=filter_.name, kind=_kind(filter_), passed=False, strict=False) for filter_ in case.filters]
        return Judged(checks=failed, error=f"{case.name}: {error}")
    return Judged(checks=[judge(filter_, records) for filter_ in case.filters], missing_settings=missing)


def ours(case: Case, report: Report) -> Case | None:
    """The test with the filters that are ours; the others go into the report. `None` when none is left."""
    for name, kind in case.others:
        report.unsupported[f"no filter: {kind}"].append(name)
    gate = unmet(case.requires)
    left = []
    for filter_ in case.filters:
        reason = gate or unmet(filter_.requires) or not_ours(case, filter_)
        if reason is None and case.capture is None:
            reason = "no capture"
        if reason is None:
            left.append(filter_)
        else:
            report.unsupported[reason].append(filter_.name)
    return Case(**{**_members(case), "filters": tuple(left)}) if left else None


def _members(case: Case) -> dict[str, Any]:
    return {name: getattr(case, name) for name in Case.__slots__}


def run(root: Path, select: Callable[[str], bool]) -> Report:
    """The whole suite below `root`, or the tests selected by name."""
    report = Report(suite="suricata-verify")
    chosen_cases = [left for case in cases(root) if select(case.name) and (left := ours(case, report)) is not None]
    for case, judged in zip(chosen_cases, run_all(run_case, chosen_cases, title=report.suite), strict=True):
        report.extend(judged.checks)
        for setting in judged.missing_settings:
            report.notes[f"setting not in the engine: {setting}"].append(case.name)
        if judged.error is not None:
            report.notes["could not be read"].append(judged.error)
    return report
