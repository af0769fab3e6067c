"""Finds the rule that a person means: by id, by name, or the only one of a file."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from correlator.compiler.documents import read_documents
from correlator.compiler.rejection import file_of
from correlator.compiler.ruleset import RuleSet, compile_folders
from correlator.plan import CorrelationRule, DetectionRule
from khien.errors import KhienError

Found = DetectionRule | CorrelationRule


def load_rules(named: str, folders: Sequence[Path]) -> tuple[RuleSet, Found]:
    """The compiled set and the rule meant. Raises `rules.unknown_rule`, or the rule's own rejection."""
    path = Path(named)
    is_file = path.is_file() and path.suffix in {".yml", ".yaml"}
    rules = compile_folders([*folders, path] if is_file and not _holds(folders, path) else folders)
    return rules, find_rule(rules, named)


def find_rule(rules: RuleSet, named: str) -> Found:
    """The rule of this id, name or file."""
    known: list[Found] = [*rules.plan.correlations, *rules.plan.detections]
    wanted = _ids_of(Path(named)) if Path(named).is_file() else {named}
    found = [rule for rule in known if rule.rule.id in wanted or rule.rule.name in wanted]
    if len(found) > 1:  # a correlation and what it counts, in one file: the correlation is meant
        found = [rule for rule in found if isinstance(rule, CorrelationRule)] or found
    if found:
        return found[0]
    for rejection in rules.rejections:
        if named == rejection.title or Path(file_of(rejection.location)).name in {Path(named).name, f"{named}.yml"}:
            raise rejection.error()
    near = difflib.get_close_matches(named, [rule.rule.name for rule in known], n=3)
    raise KhienError("rules.unknown_rule", rule=named, near=", ".join(near) or "–")


def _holds(folders: Sequence[Path], path: Path) -> bool:
    return any(path.resolve().is_relative_to(folder.resolve()) for folder in folders)


def _ids_of(path: Path) -> set[str]:
    return {str(document.content.get("id")) for document in read_documents(path)}
