"""`--show NAME`: what a test's failing filters ask for, and the records nearest to it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from tests.conformance.outcome import Report
from tests.conformance.suricata.arguments import chosen
from tests.conformance.suricata.case import Case, Filter, cases
from tests.conformance.suricata.filter import holds, matches, value_at
from tests.conformance.suricata.suite import eve_records, judge, ours

_NEAREST = 2


def show(root: Path, name: str) -> Iterator[str]:
    """The lines to print."""
    found = [case for case in cases(root) if case.name == name]
    if not found:
        yield f"no test named {name}"
        return
    report = Report(suite="suricata-verify")
    case = ours(found[0], report)
    yield f"{name}: {found[0].capture}"
    yield f"  args: {found[0].args or '-'}"
    for reason, names in report.unsupported.items():
        yield f"  not ours: {len(names)} {reason}"
    if case is not None:
        yield from _show(case)


def _show(case: Case) -> Iterator[str]:
    records, missing = eve_records(case)
    yield f"  settings: {chosen(case).engine}" + (f"; missing: {', '.join(missing)}" if missing else "")
    kinds: dict[str, int] = {}
    for record in records:
        kinds[record["event_type"]] = kinds.get(record["event_type"], 0) + 1
    yield f"  records: {kinds}"
    for filter_ in case.filters:
        check = judge(filter_, records)
        if check.strict:
            yield f"ok      {filter_.name} {check.kind}"
            continue
        found = sum(matches(record, filter_.match) for record in records)
        verdict = "ok but for pcap_cnt" if check.passed else "FAILED"
        yield f"{verdict}  {filter_.name} {check.kind}: {filter_.count} expected, {found} found"
        yield from _nearest(filter_, records)


def _nearest(filter_: Filter, records: list[dict[str, Any]]) -> Iterator[str]:
    yield f"        match {orjson.dumps(filter_.match).decode()}"
    wanted = filter_.match.get("event_type")
    same_kind = [record for record in records if wanted is None or record["event_type"] == wanted]
    if not same_kind:
        yield "        no record of this type"
        return
    ranked = sorted(same_kind, key=lambda record: sum(not holds(record, key, value) for key, value in filter_.match.items()))
    for record in ranked[:_NEAREST]:
        wrong = [key for key, value in filter_.match.items() if not holds(record, key, value)]
        yield f"        near  {orjson.dumps(record).decode()}"
        for key in wrong:
            yield f"          {key}: expected {filter_.match[key]!r}, got {value_at(record, key.rpartition('__')[0] or key)!r}"
