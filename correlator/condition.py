"""What is wrong with this correlator, as people read it on the page: the body of `PUT /internal/v1/condition`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from khien.alert import Alert
from khien.errors import KhienError

#: As many as the incident API takes; what is beyond is counted.
MOST_FAULTS = 500
_LONGEST = 4_000
#: What is told rule by rule: pressure below, documents that were refused in the catalogue.
_BY_RULE = frozenset({"groups"})


def condition(
    *,
    troubles: Mapping[str, KhienError],
    absent_sources: Mapping[str, Sequence[tuple[str, int, str]]],
    pressures: Sequence[Alert],
) -> dict[str, Any]:
    """Every fault under a name that stays the same as long as the fault does."""
    faults = [_trouble(part, error) for part, error in sorted(troubles.items()) if part not in _BY_RULE]
    faults += [_absent(dataset, sensor, name) for dataset, keys in sorted(absent_sources.items()) for sensor, _epoch, name in keys]
    faults += [_pressure(alert) for alert in pressures]
    return {"faults": faults[:MOST_FAULTS], "omitted": max(0, len(faults) - MOST_FAULTS)}


def _trouble(part: str, error: KhienError) -> dict[str, Any]:
    return _fault(f"{part}/{error.code}", error)


def _absent(dataset: str, sensor: str, name: str) -> dict[str, Any]:
    error = KhienError("correlation.source_silent", sensor=sensor, source=name or "–", dataset=dataset)
    return _fault(f"silent/{dataset}/{sensor}/{name}", error)


def _pressure(alert: Alert) -> dict[str, Any]:
    rule = next(iter(alert.group.values), alert.rule.name)
    steps = {language: next(iter(alert.rule.triage.get(language, ())), "") for language in ("vi", "en")}
    return {
        "about": "rule",
        "name": f"pressure/{rule}/{alert.id}"[:200],
        "text": {language: alert.rule.description.get(language, alert.rule.name)[:_LONGEST] for language in ("vi", "en")},
        "cure": {language: text[:_LONGEST] for language, text in steps.items()},
        "since_us": alert.first_us,
        "rule": rule[:300],
    }


def _fault(name: str, error: KhienError) -> dict[str, Any]:
    return {
        "about": "system",
        "name": name[:200],
        "text": {language: error.sentence(language)[:_LONGEST] for language in ("vi", "en")},
        "cure": {language: error.hint(language)[:_LONGEST] for language in ("vi", "en")},
        "since_us": None,
        "rule": None,
    }
