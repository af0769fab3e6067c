"""`<rule>.test.yml`: what a case says. Unknown keys are errors; a case without a reason is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from correlator.compiler.documents import Document, read_documents
from correlator.compiler.rejection import RejectedDocumentError
from khien.alert import Level
from khien.errors import KhienError

_FILE_KEYS = frozenset({"rule", "defaults", "cases"})
_CASE_KEYS = frozenset({"name", "rule", "why", "near_miss", "input", "expect"})
_EXPECT_KEYS = frozenset({"exactly", "at_least", "at_most", "group", "level"})
_INPUT_KEYS = frozenset({"events", "log", "capture"})
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Expectation:
    """How many alerts (of a silent rule: matches or firings), and what each of them must say."""

    least: int
    most: int | None
    group: Mapping[str, str]
    level: Level | None

    @property
    def is_true_case(self) -> bool:
        """Whether the rule must fire."""
        return self.least > 0

    @property
    def is_false_case(self) -> bool:
        """Whether the rule must stay silent."""
        return self.most == 0


@dataclass(frozen=True, slots=True)
class RuleCase:
    """One case. `source` is exactly one of `events`, `log`, `capture`, as written; `rule` where it is not that of the file."""

    name: str
    why: str
    is_near_miss: bool
    source: Mapping[str, Any]
    expect: Expectation
    location: str
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All cases of one rule file; `rule` names the rule meant when the file holds several, and a case may name another."""

    path: Path
    rule_file: Path
    rule: str | None
    defaults: Mapping[str, Any]
    cases: tuple[RuleCase, ...]

    def by_rule(self) -> list[CaseFile]:
        """The same cases apart by the rule that they are about, in the order in which the rules are named first."""
        found: dict[str | None, list[RuleCase]] = {}
        for case in self.cases:
            found.setdefault(case.rule or self.rule, []).append(case)
        return [replace(self, rule=rule, cases=tuple(cases)) for rule, cases in found.items()]

    def lacking(self) -> str | None:
        """What is still owed: two true cases, two false ones, one of them a near miss. Of one rule: see `by_rule`."""
        true = sum(case.expect.is_true_case for case in self.cases)
        false = sum(case.expect.is_false_case for case in self.cases)
        near = sum(case.is_near_miss and case.expect.is_false_case for case in self.cases)
        if true < _LEAST or false < _LEAST or near < 1:
            return f"{true} true, {false} false and {near} near-miss cases; {_LEAST}, {_LEAST} and 1 are required"
        return None


def case_files(folder: Path) -> list[Path]:
    """Every file of cases below a folder."""
    return sorted(folder.rglob("*.test.yml"))


def read_cases(path: Path) -> CaseFile:
    """The cases of a file. Raises KhienError `rule_test.invalid` with the line."""
    try:
        documents = read_documents(path)
    except RejectedDocumentError as error:
        raise KhienError("rule_test.invalid", location=error.location, detail=error.detail) from error
    if len(documents) != 1:
        raise KhienError("rule_test.invalid", location=str(path), detail="one document a file")
    document = documents[0]
    _only(document, document.content, _FILE_KEYS)
    rule_file = path.with_name(path.name.removesuffix(".test.yml") + ".yml")
    if not rule_file.is_file():
        raise KhienError("rule_test.invalid", location=str(path), detail=f"there is no rule `{rule_file.name}` beside it")
    cases = document.content.get("cases")
    if not isinstance(cases, list) or not cases:
        raise _invalid(document, "`cases` is a list", "cases")
    defaults = document.content.get("defaults", {})
    if not isinstance(defaults, dict):
        raise _invalid(document, "`defaults` is an event", "defaults")
    return CaseFile(
        path=path,
        rule_file=rule_file,
        rule=document.content.get("rule"),
        defaults=defaults,
        cases=tuple(_case(document, case, number) for number, case in enumerate(cases)),
    )


def _case(document: Document, case: object, number: int) -> RuleCase:
    place = ("cases", number)
    if not isinstance(case, dict):
        raise _invalid(document, "a case is a map", *place)
    _only(document, case, _CASE_KEYS, *place)
    for key in ("name", "why"):
        if not isinstance(case.get(key), str) or not case[key].strip():
            raise _invalid(document, f"a case has a `{key}`", *place)
    rule = case.get("rule")
    if rule is not None and (not isinstance(rule, str) or not rule.strip()):
        raise _invalid(document, "`rule` is a name or an id", *place, "rule")
    source = case.get("input")
    if not isinstance(source, dict) or len(source) != 1 or not set(source) <= _INPUT_KEYS:
        raise _invalid(document, "`input` is one of `events`, `log`, `capture`", *place, "input")
    return RuleCase(
        name=case["name"],
        why=case["why"],
        is_near_miss=bool(case.get("near_miss", False)),
        source=source,
        expect=_expectation(document, case.get("expect"), *place, "expect"),
        location=document.at(*place),
        rule=rule,
    )


def _expectation(document: Document, expect: object, *place: str | int) -> Expectation:
    if not isinstance(expect, dict):
        raise _invalid(document, "a case has an `expect`", *place)
    _only(document, expect, _EXPECT_KEYS, *place)
    numbers = {key: expect[key] for key in ("exactly", "at_least", "at_most") if key in expect}
    if not numbers or not all(isinstance(value, int) and not isinstance(value, bool) and value >= 0 for value in numbers.values()):
        raise _invalid(document, "`exactly`, `at_least` or `at_most` is a whole number", *place)
    exactly = numbers.get("exactly")
    group = expect.get("group", {})
    if not isinstance(group, dict):
        raise _invalid(document, "`group` is a map of field and value", *place, "group")
    try:
        level = Level(expect["level"]) if "level" in expect else None
    except ValueError as error:
        raise _invalid(document, str(error), *place, "level") from error
    return Expectation(
        least=exactly if exactly is not None else numbers.get("at_least", 0),
        most=exactly if exactly is not None else numbers.get("at_most"),
        group={str(field): str(value) for field, value in group.items()},
        level=level,
    )


def _only(document: Document, found: Mapping[str, Any], known: frozenset[str], *place: str | int) -> None:
    for key in found:
        if key not in known:
            raise _invalid(document, f"unknown key `{key}`", *place, key)


def _invalid(document: Document, detail: str, *place: str | int) -> KhienError:
    return KhienError("rule_test.invalid", location=document.at(*place), detail=detail)
