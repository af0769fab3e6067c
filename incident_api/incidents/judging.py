"""From the row of an incident to what the rules look at, and back: its case, its clocks, its class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from incident_api.coordination.case import AffectedAsset, Case, Clocks, FactValue, Severity
from incident_api.coordination.obligations import Judged
from incident_api.coordination.policy import Policy
from incident_api.coordination.severity import Assessment, assess
from incident_api.incidents.models import Incident


def case_of(incident: Incident) -> Case:
    """The case as it stands in the row; its flags are complete."""
    assets = tuple(AffectedAsset(each["id"], each["level"], each["owner"], tuple(each["flags"])) for each in incident.assets)
    return Case(assets=assets, facts=incident.facts, flags=frozenset(incident.flags))


def clocks_of(incident: Incident) -> Clocks:
    """The clocks as they stand in the row."""
    return Clocks(
        detected_us=incident.detected_us,
        classes={Severity(name): at for name, at in incident.clocks["classes"].items()},
        flags=incident.clocks["flags"],
        personal_data_us=incident.personal_data_us,
        recovered_us=incident.recovered_us,
    )


def keep_clocks(incident: Incident, clocks: Clocks) -> None:
    """Write them back."""
    incident.clocks = {"classes": {name.value: at for name, at in clocks.classes.items()}, "flags": dict(clocks.flags)}
    incident.personal_data_us = clocks.personal_data_us


def assessment_of(policy: Policy, case: Case) -> Assessment:
    """What the rules say of a case with these facts and flags."""
    return assess(policy.severity, case, unknown_level=policy.unknown_asset_level)


def with_answers(policy: Policy, case: Case, *, facts: Mapping[str, FactValue], flags: Iterable[str]) -> Case:
    """The case with other answers and flags, completed. Raises `case.*`."""
    return policy.severity.complete(Case(assets=case.assets, facts=dict(facts), flags=frozenset(flags)))


def judged(policy: Policy, incident: Incident) -> Judged:
    """The case with its class, for the plan of obligations."""
    return Judged(
        case=case_of(incident),
        severity=Severity(incident.severity) if incident.severity else None,
        highest=Severity(incident.highest) if incident.highest else None,
        unknown_level=policy.unknown_asset_level,
        unknown_owner=policy.severity.unknown_owner,
    )


def stored(policy: Policy, found: Assessment) -> dict[str, Any]:
    """The reasons as they are kept: texts and bases are copied in, so that a later policy changes no old reason."""
    rules = {rule.id: rule for rule in policy.severity.rules}
    return {
        **asdict(found),
        "severity": found.severity.value if found.severity else None,
        "rules": [
            {"id": each, "text": rules[each].text.model_dump(), "basis": policy.bases[rules[each].basis].model_dump()}
            for each in found.matched
        ],
    }
