"""What the fixtures give: a rule against an event, rules over events, captures and logs through everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import orjson
from khien_engine import detect

from correlator import reference
from correlator.compiler.documents import Document, parse_documents, read_documents
from correlator.compiler.ruleset import RuleSet, compile_documents
from correlator.plan import DetectionRule
from correlator.rule_tests.bench import Bench, hits_of
from correlator.rule_tests.inputs import inline
from khien.alert import Alert
from khien.app.replay import Replay, ReplayOptions, replay
from khien.clock import SystemClock
from khien.errors import KhienError

Rule = str | Path
Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Match:
    """True when the rule hits; printed, it says which comparison held and which did not."""

    rule: DetectionRule
    explanation: reference.Explanation
    is_hit: bool

    def __bool__(self) -> bool:
        return self.is_hit

    def __str__(self) -> str:
        failing = self.explanation.first_failing()
        if failing is None:
            return f"{self.rule.rule.name}: hits"
        actual = " | ".join(failing.actual) or "nothing"
        return f"{self.rule.rule.name}: no hit: `{failing.field}` should be {failing.expected!r} and is {actual!r}"


class MatchRule(Protocol):
    """The fixture `khien_match`."""

    def __call__(self, rule: Rule, event: Event) -> Match:
        """Whether the rule hits."""


class AlertsOf(Protocol):
    """The fixture `khien_alerts`."""

    def __call__(self, rules: Rule | Sequence[Rule], events: Sequence[Event]) -> list[Alert]:
        """The alerts, oldest first."""


class ReplayFiles(Protocol):
    """The fixture `khien_replay`."""

    def __call__(self, *paths: Rule, rules: Sequence[Rule] | None = None, year: int | None = None) -> Replay:
        """See `khien.app.replay.replay`."""


def match_rule(rule: Rule, event: Event) -> Match:
    """The matcher's answer. Raises KhienError `rule.*` for a rule that is rejected, `rule_test.invalid` for what is no event."""
    rules = _compiled([rule])
    if len(rules.plan.detections) != 1:
        raise KhienError("rule_test.invalid", location=_named(rule), detail="one detection rule is matched against one event")
    (found,) = rules.plan.detections
    (line,) = inline({}, [event])
    is_hit = bool(hits_of(detect.Ruleset(rules.ir), [line], clock=SystemClock())[0])
    explanation = reference.explain(found.program, orjson.loads(line), selections=found.selections)
    return Match(rule=found, explanation=explanation, is_hit=is_hit)


class Alerts:
    """Runs each call in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._calls = 0

    def __call__(self, rules: Rule | Sequence[Rule], events: Sequence[Event]) -> list[Alert]:
        """The alerts, oldest first. `repeat` and `at` work as in `<rule>.test.yml`."""
        self._calls += 1
        given = [rules] if isinstance(rules, (str, Path)) else list(rules)
        with Bench(self._folder / f"khien-{self._calls}", _compiled(given), clock=SystemClock()) as bench:
            return sorted(bench.run(inline({}, events)), key=lambda alert: (alert.first_us, alert.id))


class Replays:
    """Replays with the rules of the configuration."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders

    def __call__(self, *paths: Rule, rules: Sequence[Rule] | None = None, year: int | None = None) -> Replay:
        """See `khien.app.replay.replay`."""
        chosen = [Path(one) for one in rules] if rules is not None else list(self._folders) or None
        return replay(list(paths), options=ReplayOptions(rules=chosen, year=year))


def _compiled(rules: Sequence[Rule]) -> RuleSet:
    """Raises the first rejection: a test that names a rule wants it."""
    documents: list[Document] = []
    for rule in rules:
        is_text = isinstance(rule, str) and "\n" in rule
        documents += parse_documents(str(rule), shown_as="rule") if is_text else read_documents(Path(rule))
    compiled = compile_documents(documents)
    for rejection in compiled.rejections:
        raise KhienError(rejection.reason.code, location=rejection.location, detail=rejection.detail)
    return compiled


def _named(rule: Rule) -> str:
    return "rule" if isinstance(rule, str) and "\n" in rule else str(rule)
