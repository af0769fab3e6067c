"""Our own lints: conditions that Sigma allows and nobody means, and what an alert owes to whoever gets it at night."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from correlator import ir, reference
from correlator.compiler.condition import (
    NO_SELECTIONS,
    All,
    Any_,
    Condition,
    ConditionError,
    Name,
    Negation,
    Selector,
    parse_condition,
)
from correlator.compiler.shape import Written
from correlator.lint.constant import constant, holds_of_everything, is_idiom
from correlator.lint.contradiction import contradicting, in_words, never_reached
from correlator.lint.finding import Finding
from correlator.plan import INFORMATIONAL, CorrelationRule, DetectionRule

#: Modifiers under which a text of nothing but wildcards is found in every value.
_PARTIAL = frozenset({"contains", "startswith", "endswith"})
_NOTHING = re.compile(r"\**")
#: pySigma 1.5 reads `note` as `not e`: its operator asks for no space behind itself.
_NOT_IN_FRONT = re.compile(r"not[\w-]")
#: Longest text of a comparison in a warning.
_LONGEST = 60
_PORTABLE_NAME = re.compile(r"[A-Za-z0-9_-]+")

Lint = Callable[[Written], Iterator[tuple[str, str, tuple[str | int, ...]]]]


def lint(written: Written) -> Iterator[Finding]:
    """What a document says that nobody means. `(code, detail, keys)` of each lint becomes a place in the file."""
    document = written.document
    for each in (_values, _names, _unused_selections, _level):
        for code, detail, keys in each(written):
            yield Finding(document.at(*keys), code, document.title, detail)


def lint_texts(written: Written, *, rule_file: Path) -> Iterator[Finding]:
    """What a rule of one's own owes to people: cases, both languages, triage, false positives."""
    document, own = written.document, written.block
    if "filter" in document.content:
        return
    if not rule_file.with_name(f"{rule_file.stem}.test.yml").is_file():
        yield Finding(document.location, "no_tests", document.title)
    if not own.title_vi:
        yield Finding(document.at("khien"), "no_title_vi", document.title)
    if not own.description_vi:
        yield Finding(document.at("khien"), "no_description_vi", document.title)
    if written.level == INFORMATIONAL:
        return
    if not written.false_positives:
        yield Finding(document.location, "no_false_positives", document.title)
    elif len(own.false_positives_vi) != len(written.false_positives):
        yield Finding(document.at("falsepositives"), "no_false_positives_vi", document.title)
    if not own.triage_vi or not own.triage_en:
        yield Finding(document.at("khien", "triage"), "no_triage", document.title)


def lint_meaning(written: Written, rule: DetectionRule) -> Iterator[Finding]:
    """What only the compiled program shows: comparisons that no value decides, and a rule that hits whatever an event says."""
    document = written.document
    for leaf in dict.fromkeys(ir.leaves_of(rule.program.program)):
        known = constant(leaf)
        if known is not None and not is_idiom(leaf):
            text = reference.describe(leaf)
            shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
            code = "always_true" if known else "never_true"
            yield Finding(document.at("detection"), code, document.title, f"{leaf.field or 'keyword'} {shown}")
    for field, bounds in contradicting(rule.program.program):
        yield Finding(document.at("detection"), "never_together", document.title, f"{field} {in_words(bounds)}")
    if holds_of_everything(rule.program.program):
        yield Finding(document.at("detection", "condition"), "matches_everything", document.title)
    anywhere = ir.Rule(rule.rule.id, rule.program.program)
    for route in rule.program.datasets or ("?",):
        dataset, _, code = route.partition(":")
        if reference.evaluate(anywhere, {"event": {"dataset": dataset, "code": code} if code else {"dataset": dataset}}):
            yield Finding(document.at("detection", "condition"), "hits_empty_event", document.title, dataset)
            return


def lint_threshold(written: Written, rule: CorrelationRule) -> Iterator[Finding]:
    """A correlation that can never fire."""
    if never_reached(rule):
        document = written.document
        yield Finding(document.at("correlation", "condition"), "never_together", document.title, rule.threshold.text())


def _values(written: Written) -> Iterator[tuple[str, str, tuple[str | int, ...]]]:
    """Empty partial comparisons and nulls among other values. Not recursive: the depth was bounded when the file was read."""
    stack: list[tuple[object, tuple[str | int, ...]]] = [(written.selections, ("detection",))]
    while stack:
        value, keys = stack.pop()
        if isinstance(value, dict):
            stack.extend(
                (inner, (*keys, str(name))) for name, inner in value.items() if (*keys, name) != ("detection", "condition")
            )
            continue
        values = value if isinstance(value, list) else [value]
        stack.extend((inner, (*keys, number)) for number, inner in enumerate(values) if isinstance(inner, dict))
        name, modifiers = _field_of(keys)
        if _PARTIAL & modifiers and any(isinstance(one, str) and _NOTHING.fullmatch(one) for one in values):
            yield "empty_contains", name, keys
        if len(values) > 1 and any(one is None for one in values):
            yield "null_in_list", name, keys


def _field_of(keys: tuple[str | int, ...]) -> tuple[str, frozenset[str]]:
    key = next((key for key in reversed(keys) if isinstance(key, str)), "")
    name, *modifiers = key.split("|")
    return name, frozenset(modifiers)


def _unused_selections(written: Written) -> Iterator[tuple[str, str, tuple[str | int, ...]]]:
    names = {name for name in written.selections if name not in NO_SELECTIONS}
    used: set[str] = set()
    for condition in written.conditions:
        used |= names_in(condition, names)
    for name in sorted(names - used):
        yield "unused_selection", name, ("detection", name)


def names_in(condition: str, names: set[str]) -> set[str]:
    """The selections that a condition uses; all of them when it cannot be read, which is an error elsewhere."""
    try:
        stack: list[Condition] = [parse_condition(condition)]
    except (ConditionError, RecursionError):
        return names
    used: set[str] = set()
    while stack:
        match stack.pop():
            case Name(name):
                used.add(name)
            case Selector() as selector:
                used |= set(selector.names(names))
            case Negation(inner):
                stack.append(inner)
            case All(nodes) | Any_(nodes):
                stack += nodes
    return used


def _names(written: Written) -> Iterator[tuple[str, str, tuple[str | int, ...]]]:
    """Names of selections that other Sigma tools read as something else: pySigma takes `not` off a name, and knows ASCII only."""
    for name in written.selections:
        if name not in NO_SELECTIONS and (_NOT_IN_FRONT.match(name) or not _PORTABLE_NAME.fullmatch(name)):
            yield "selection_name", name, ("detection", name)


def _level(written: Written) -> Iterator[tuple[str, str, tuple[str | int, ...]]]:
    if "filter" not in written.document.content and not written.level:
        yield "no_level", "", ()
