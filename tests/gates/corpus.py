"""The rules that the gates run: SigmaHQ's folders as they are, and ours; compiled once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from khien_engine.detect import Ruleset

from correlator.compiler.ruleset import RuleSet, compile_folders
from correlator.plan import DetectionRule
from khien.app.resources import folder
from tests.gates.gate import Gate

FOLDERS = ("rules", "rules-emerging-threats", "rules-threat-hunting")
#: Documents below the three folders, and those that name a placeholder (detection design, section 13).
_DOCUMENTS = 3_753
_PLACEHOLDER = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """A line and the rules that it met."""

    line: bytes
    rules: tuple[DetectionRule, ...]


class Corpus:
    """SigmaHQ's rules, compiled for matching."""

    def __init__(self, data: Path) -> None:
        self.sigma = [data / "sigma" / name for name in FOLDERS]

    @cached_property
    def rules(self) -> RuleSet:
        """SigmaHQ's rules alone."""
        return compile_folders(self.sigma)

    @cached_property
    def with_ours(self) -> RuleSet:
        """SigmaHQ's rules and ours, as a city runs them."""
        return compile_folders([*self.sigma, folder("rules")])

    @cached_property
    def _by_number(self) -> dict[int, DetectionRule]:
        return {rule.number: rule for rule in self.rules.plan.detections}

    @cached_property
    def _ruleset(self) -> Ruleset:
        return Ruleset(self.rules.ir)

    def scan(self, lines: bytes) -> list[Hit]:
        """The lines that meet a rule."""
        return [
            Hit(lines[start:end], tuple(self._by_number[number] for number in numbers if number in self._by_number))
            for start, end, numbers in self._ruleset.scan(lines)
        ]


def gate_compile(corpus: Corpus) -> Gate:
    """Every document is compiled, off by its status, or rejected by name for a placeholder that the site has not given."""
    rules = corpus.rules
    undefined = [entry for entry in rules.rejections if entry.reason.value == "placeholder-undefined"]
    others: Sequence[str] = [str(entry) for entry in rules.rejections if entry.reason.value != "placeholder-undefined"]
    reached = rules.compiled + rules.disabled + min(len(undefined), _PLACEHOLDER)
    return Gate(
        name="sigma/rules*",
        says="documents compiled, or off by their own status, or rejected for `%known_cdcs%` (2)",
        figure=reached,
        total=rules.documents,
        bound=_DOCUMENTS,
        misses=tuple(others),
        found={
            "documents": rules.documents,
            "compiled": rules.compiled,
            "disabled": rules.disabled,
            "rejected": rules.rejected(),
            "placeholder": [str(entry) for entry in undefined],
        },
    )
