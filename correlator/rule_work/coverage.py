"""What a rule set covers: ATT&CK techniques as a Navigator layer, log sources that nothing feeds, fields that no table knows."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from correlator.compiler.ruleset import RuleSet
from correlator.plan import CorrelationRule, DetectionRule

#: Navigator's layer format (github.com/mitre-attack/attack-navigator, layers/LAYERFORMATv4_5.md).
_LAYER_VERSION = "4.5"
_TECHNIQUE = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.IGNORECASE)
_TACTIC = re.compile(r"attack\.([a-z][a-z-]+)")


@dataclass(frozen=True, slots=True)
class Coverage:
    """`techniques`: rules by technique. `silent_datasets`: datasets that rules ask for and of which no event was seen."""

    techniques: dict[str, tuple[str, ...]]
    tactics: dict[str, int]
    datasets: dict[str, int]
    silent_datasets: tuple[str, ...] | None
    without_source: tuple[str, ...]
    without_technique: tuple[str, ...]
    unmapped: dict[str, int]

    def layer(self, *, name: str) -> dict[str, Any]:
        """The layer that ATT&CK Navigator opens; the score is the number of rules."""
        most = max((len(rules) for rules in self.techniques.values()), default=1)
        return {
            "name": name,
            "versions": {"layer": _LAYER_VERSION, "navigator": "5.1.0"},
            "domain": "enterprise-attack",
            "description": "Khiên: rules by technique",
            "techniques": [
                {"techniqueID": technique, "score": len(rules), "comment": "\n".join(rules[:50]), "enabled": True}
                for technique, rules in sorted(self.techniques.items())
            ],
            "gradient": {"colors": ["#cfe8f3", "#12719e"], "minValue": 0, "maxValue": most},
            "legendItems": [],
            "showTacticRowBackground": False,
            "selectTechniquesAcrossTactics": True,
        }


def coverage(rules: RuleSet, *, seen: Collection[str] | None) -> Coverage:
    """`seen`: datasets of which events were seen; None when nobody looked. Silent rules count through what counts them."""
    techniques: dict[str, list[str]] = defaultdict(list)
    tactics: Counter[str] = Counter()
    datasets: Counter[str] = Counter()
    without: list[str] = []
    loaded: list[DetectionRule | CorrelationRule] = [*rules.plan.detections, *rules.plan.correlations]
    for rule in loaded:
        if isinstance(rule, DetectionRule):
            datasets.update({route.partition(":")[0] for route in rule.program.datasets or ()})
        if rule.is_silent:
            continue
        found = sorted({match.group(1).upper() for tag in _tags(rule) if (match := _TECHNIQUE.fullmatch(tag))})
        tactics.update(match.group(1) for tag in _tags(rule) if (match := _TACTIC.fullmatch(tag)))
        for technique in found:
            techniques[technique].append(rule.rule.name)
        if not found:
            without.append(rule.rule.name)
    names = {rule.rule.id: rule.rule.name for rule in rules.plan.detections}
    unmapped = Counter(field for fields in rules.unmapped_fields.values() for field in fields)
    return Coverage(
        techniques={technique: tuple(sorted(named)) for technique, named in sorted(techniques.items())},
        tactics=dict(sorted(tactics.items())),
        datasets=dict(sorted(datasets.items())),
        silent_datasets=None if seen is None else tuple(name for name in sorted(datasets) if not _is_seen(name, seen)),
        without_source=tuple(sorted(names.get(rule_id, rule_id) for rule_id in rules.without_source)),
        without_technique=tuple(sorted(without)),
        unmapped=dict(sorted(unmapped.items(), key=lambda item: (-item[1], item[0]))),
    )


def covers(found: Coverage, technique: str) -> bool:
    """Whether a rule names the technique, one of its sub-techniques, or the technique above it."""
    wanted = technique.upper()
    return any(one == wanted or one.startswith(f"{wanted}.") or wanted.startswith(f"{one}.") for one in found.techniques)


def _is_seen(name: str, seen: Collection[str]) -> bool:
    """`network.*` asks for any dataset of the network."""
    return name in seen or (name.endswith("*") and any(one.startswith(name[:-1]) for one in seen))


def _tags(rule: DetectionRule | CorrelationRule) -> tuple[str, ...]:
    return tuple(tag.lower() for tag in rule.rule.tags)
