"""How grave an incident is, who leads it, and why (coordination design, section 4).

The highest class wins and in it the first rule that holds decides; every rule that holds is kept as a reason. In doubt the answer
goes up: `Assessment.could_raise` names the questions that nobody answered yet and that could make the class higher.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from incident_api.coordination.case import Alternatives, Bound, Case, CaseCondition, FactValue, Severity, any_holds
from incident_api.coordination.organisation import Identifier, Part, Text
from khien.errors import KhienError


class Fact(Part):
    """A question that people answer about an incident."""

    type: Literal["boolean", "count", "choice"]
    text: Text
    choices: dict[Identifier, Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _choices_belong_to_a_choice(self) -> Self:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("a choice has `choices`, and nothing else has")
        return self

    def accepts(self, value: FactValue) -> bool:
        """Whether this is an answer to the question."""
        if self.type == "boolean":
            return isinstance(value, bool)
        if self.type == "count":
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return value in self.choices


class Flag(Part):
    """A mark that people set; `implies` others, `of_asset`: set by itself when an asset carries that flag."""

    text: Text
    implies: tuple[str, ...] = ()
    of_asset: str | None = None


class SeverityRule(Part):
    """One sentence about one class. `otherwise`: holds when no other rule does."""

    id: Identifier
    severity: Annotated[Severity, Field(alias="class")]
    when: Alternatives | None = None
    otherwise: bool = False
    basis: str
    text: Text

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.otherwise == (self.when is not None):
            msg = f"rule {self.id} needs `when` or `otherwise: true`, and not both"
            raise ValueError(msg)
        return self


class LeadRule(Part):
    """Who leads when this holds; the first that holds decides."""

    when: CaseCondition
    lead: str


class JoinRule(Part):
    """Who takes a part of the lead besides, each that holds."""

    id: Identifier
    when: CaseCondition
    basis: str
    text: Text


class Outside(Part):
    """Cases that the city does not judge: it hands them on and stops."""

    when: CaseCondition
    lead: str
    basis: str
    text: Text


class SeverityRules(Part):
    """The file `severity.yaml`."""

    classes: dict[Severity, Text]
    flags: dict[Identifier, Flag]
    facts: dict[Identifier, Fact]
    outside: Outside
    rules: Annotated[tuple[SeverityRule, ...], Field(min_length=1, max_length=200)]
    leads: Annotated[tuple[LeadRule, ...], Field(min_length=1, max_length=50)]
    joins: tuple[JoinRule, ...] = ()
    unknown_owner: str

    @model_validator(mode="after")
    def _is_total(self) -> Self:
        if set(self.classes) != set(Severity):
            raise ValueError("a class has no name")
        if sum(rule.otherwise for rule in self.rules) != 1:
            raise ValueError("exactly one rule must say what holds otherwise, so that no incident is without a class")
        if len({rule.id for rule in self.rules}) != len(self.rules):
            raise ValueError("two severity rules have one id")
        if self.leads[-1].when != CaseCondition():
            raise ValueError("the last rule of leads must hold for every incident")
        return self

    @model_validator(mode="after")
    def _names_point_somewhere(self) -> Self:
        for flag_id, flag in self.flags.items():
            for implied in flag.implies:
                if implied not in self.flags:
                    msg = f"flag {flag_id} implies `{implied}`, which is not a flag"
                    raise ValueError(msg)
        for where, condition in self.conditions():
            self.check(condition, where=where)
        return self

    def conditions(self) -> list[tuple[str, CaseCondition]]:
        """Every condition of the file with the place where it stands."""
        found = [(f"rule {rule.id}", condition) for rule in self.rules for condition in rule.when or ()]
        found += [(f"lead {rule.lead}", rule.when) for rule in self.leads]
        found += [(f"join {rule.id}", rule.when) for rule in self.joins]
        return [*found, ("outside", self.outside.when)]

    def check(self, condition: CaseCondition, *, where: str) -> None:
        """Raises ValueError when a condition asks for a flag or a fact that is not there, or for an answer that nobody can give."""
        for flag in (*condition.flags, *condition.without_flags):
            if flag not in self.flags:
                msg = f"{where}: `{flag}` is not a flag"
                raise ValueError(msg)
        for name, wanted in condition.facts.items():
            fact = self.facts.get(name)
            if fact is None:
                msg = f"{where}: `{name}` is not a fact"
                raise ValueError(msg)
            if not _can_hold(fact, wanted):
                msg = f"{where}: `{name}` is a {fact.type} and cannot be {wanted}"
                raise ValueError(msg)

    def complete(self, case: Case) -> Case:
        """The case with every flag that its flags and assets imply. Raises `case.unknown_flag`, `case.bad_fact`."""
        for name, value in case.facts.items():
            if name not in self.facts or not self.facts[name].accepts(value):
                raise KhienError("case.bad_fact", fact=name, value=str(value))
        flags = set(case.flags) | {name for name, flag in self.flags.items() if flag.of_asset in case.asset_flags}
        waiting = list(flags)
        while waiting:
            name = waiting.pop()
            if name not in self.flags:
                raise KhienError("case.unknown_flag", flag=name)
            new = set(self.flags[name].implies) - flags
            flags |= new
            waiting += new
        return Case(assets=case.assets, facts=case.facts, flags=frozenset(flags))


@dataclass(frozen=True, slots=True)
class CouldRaise:
    """A rule of a higher class that unanswered questions keep from holding."""

    rule: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the rules say of a case. `severity` None: outside of what the city judges."""

    severity: Severity | None
    rule: str | None
    matched: tuple[str, ...]
    lead: str
    joins: tuple[str, ...]
    could_raise: tuple[CouldRaise, ...]


def assess(rules: SeverityRules, case: Case, *, unknown_level: int) -> Assessment:
    """Judge a completed case (`SeverityRules.complete`)."""
    if rules.outside.when.holds(case, severity=None, unknown_level=unknown_level):
        return Assessment(None, None, (), rules.outside.lead, (), ())
    matched = [
        rule for rule in rules.rules if rule.when and any_holds(rule.when, case, severity=None, unknown_level=unknown_level)
    ] or [rule for rule in rules.rules if rule.otherwise]
    # `max` keeps the first of equals: the order of the file decides inside a class.
    deciding = max(matched, key=lambda rule: rule.severity.rank)
    return Assessment(
        severity=deciding.severity,
        rule=deciding.id,
        matched=tuple(rule.id for rule in matched),
        lead=lead_of(rules, case, severity=deciding.severity, unknown_level=unknown_level),
        joins=tuple(
            rule.id for rule in rules.joins if rule.when.holds(case, severity=deciding.severity, unknown_level=unknown_level)
        ),
        could_raise=_could_raise(rules, case, above=deciding.severity, unknown_level=unknown_level),
    )


def lead_of(rules: SeverityRules, case: Case, *, severity: Severity, unknown_level: int) -> str:
    """Who leads an incident of a class that people set."""
    return next(rule.lead for rule in rules.leads if rule.when.holds(case, severity=severity, unknown_level=unknown_level))


def _could_raise(rules: SeverityRules, case: Case, *, above: Severity, unknown_level: int) -> tuple[CouldRaise, ...]:
    found = []
    for rule in rules.rules:
        if rule.severity.rank <= above.rank:
            continue
        asked = dict.fromkeys(
            name for each in rule.when or () for name in each.unanswered(case, severity=None, unknown_level=unknown_level)
        )
        if asked:
            found.append(CouldRaise(rule.id, tuple(asked)))
    return tuple(found)


def _can_hold(fact: Fact, wanted: bool | str | tuple[str, ...] | Bound) -> bool:  # noqa: FBT001 - a value, not a switch
    if isinstance(wanted, Bound):
        return fact.type == "count" and wanted != Bound()
    if isinstance(wanted, tuple):
        return bool(wanted) and all(fact.accepts(each) for each in wanted)
    return fact.type != "count" and fact.accepts(wanted)
