"""The coordination policy as data: its schema, what it says about an alert, and its hash.

A folder of YAML files is one object; `signatures.yaml` is not part of what is signed. Validation is total: no alert can be without
a rule, a lead, a rung of the ladder or a deadline, and every basis has its text.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from incident_api.coordination.canonical import sha256_of
from incident_api.coordination.documents import read_document
from incident_api.coordination.organisation import Identifier, Part, Text, Tlp, validated
from incident_api.people.rights import ROLE_CAPACITY
from khien.alert import Level
from khien.clock import CITY_ZONE, MICROSECONDS

PARTS = ("policy", "assignment", "acknowledge", "basis")


class Party(Part):
    """A body that takes part; a side of the agreement, or none."""

    side: Literal["A", "B"] | None
    name: Text


class Basis(Part):
    """On what a rule stands."""

    status: Literal["S", "A", "L", "S/A"]
    text: Text


class Condition(Part):
    """When a rule speaks: all named members must hold, any of a list."""

    levels: tuple[Level, ...] = ()
    tags: tuple[str, ...] = ()
    asset_flags: tuple[Literal["military"], ...] = ()
    asset_level_at_least: Annotated[int, Field(ge=1, le=5)] | None = None
    asset_level_at_most: Annotated[int, Field(ge=1, le=5)] | None = None
    units: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it holds for every alert."""
        return self == Condition()


class AssignmentRule(Part):
    """One sentence of the agreement about who gets an alert."""

    id: Identifier
    when: Condition
    role: str
    named: tuple[Identifier, ...] = ()
    lead: str
    inform: tuple[str, ...] = ()
    basis: str
    text: Text


class LoadWeights(Part):
    """What open work weighs."""

    critical: float
    high: float
    medium: float
    low: float
    skip_above: Annotated[float, Field(gt=0)]

    def of(self, severity: int) -> float:
        """The weight of severity 1 … 4."""
        return (self.low, self.medium, self.high, self.critical)[severity - 1]


class LadderRung(Part):
    """Who is asked when the rung below had nobody.

    `who`: roles, or the role of the deciding rule. `priority` null: duty is not needed.
    """

    id: Identifier
    who: Literal["rule_role"] | tuple[str, ...]
    priority: int | None
    skills: bool
    unattended: bool = False
    any_account: bool = False
    text: Text


class Step(Part):
    """Who is told, so many minutes after arrival, when nobody took the alert."""

    after_minutes: Annotated[int, Field(ge=0, le=10_080)]
    notify: Literal["assignee", "next_on_duty", "shift_lead", "leader"]
    channel: Literal["app", "second"]


class Deadline(Part):
    """Until when an alert of a level must be taken."""

    minutes: Annotated[int, Field(ge=1, le=10_080)]
    time: Literal["wall", "business"]
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _steps_go_forward(self) -> Self:
        minutes = [step.after_minutes for step in self.steps]
        if minutes != sorted(set(minutes)):
            raise ValueError("steps are not in the order of time")
        return self


class BusinessCalendar(Part):
    """Working time, for deadlines that are not wall-clock."""

    zone: str
    weekdays: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1)]
    hours: Annotated[tuple[tuple[str, str], ...], Field(min_length=1)]
    holidays: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _times_are_times(self) -> Self:
        for begin, end in self.hours:
            if dt.time.fromisoformat(begin) >= dt.time.fromisoformat(end):
                msg = f"working hours end before they begin: {begin}-{end}"
                raise ValueError(msg)
        for day in self.holidays:
            dt.date.fromisoformat(day)
        return self


class Policy(Part):
    """The whole policy."""

    id: Identifier
    version: str
    profile: Literal["vn-2026"]
    title: Text
    document_number: str | None
    effective_from: str
    effective_to: str | None
    parties: dict[Identifier, Party]
    signers: dict[Literal["A", "B"], tuple[str, ...]]
    leads: dict[str, Text]
    rules: Annotated[tuple[AssignmentRule, ...], Field(min_length=1, max_length=500)]
    unknown_asset_level: Annotated[int, Field(ge=1, le=5)]
    alert_tlp: Tlp
    load: LoadWeights
    same_asset_days: Annotated[int, Field(ge=0, le=365)]
    ladder: Annotated[tuple[LadderRung, ...], Field(min_length=1)]
    acknowledge_basis: str
    deadlines: dict[Level, Deadline]
    business_calendar: BusinessCalendar
    bases: dict[str, Basis]

    @model_validator(mode="after")
    def _is_total(self) -> Self:
        if not self.rules[-1].when.is_empty:
            raise ValueError("the last assignment rule must hold for every alert")
        if any(rule.when.is_empty for rule in self.rules[:-1]):
            raise ValueError("only the last assignment rule may hold for every alert; rules behind it would never be read")
        if set(self.deadlines) != set(Level):
            raise ValueError("a level has no deadline")
        if self.ladder[-1].priority is not None or not self.ladder[-1].any_account:
            raise ValueError("the last rung of the ladder must need neither duty nor log-in, so that it never ends in nobody")
        if set(self.signers) != {"A", "B"}:
            raise ValueError("both sides need signers")
        return self

    @model_validator(mode="after")
    def _names_point_somewhere(self) -> Self:
        if len({rule.id for rule in self.rules}) != len(self.rules):
            raise ValueError("two assignment rules have one id")
        for rule in self.rules:
            for role in (rule.role, *rule.inform):
                _must_be(role, ROLE_CAPACITY, f"role of rule {rule.id}")
            _must_be(rule.lead, self.leads, f"lead of rule {rule.id}")
            _must_be(rule.basis, self.bases, f"basis of rule {rule.id}")
        for rung in self.ladder:
            for role in rung.who if isinstance(rung.who, tuple) else ():
                _must_be(role, ROLE_CAPACITY, f"role of rung {rung.id}")
        _must_be(self.acknowledge_basis, self.bases, "basis of the deadlines")
        return self

    def is_effective(self, at_us: int) -> bool:
        """Whether its own dates (city time) cover this time."""
        day = dt.datetime.fromtimestamp(at_us // MICROSECONDS, tz=CITY_ZONE).date().isoformat()
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


def read_policy_folder(folder: Path) -> dict[str, Any]:
    """The files of a policy as the one object that is hashed and signed."""
    return {part: read_document(folder / f"{part}.yaml") for part in PARTS}


def policy_of(document: dict[str, Any], *, path: Path) -> Policy:
    """The validated policy of that object. Raises `policy.invalid`."""
    head, assignment, acknowledge = document["policy"], document["assignment"], document["acknowledge"]
    merged = {
        **head,
        **{key: value for key, value in assignment.items() if key not in head},
        "acknowledge_basis": acknowledge.get("basis"),
        **{key: value for key, value in acknowledge.items() if key != "basis"},
        "bases": document["basis"],
    }
    return validated(Policy, merged, path=path)


def policy_hash(document: dict[str, Any]) -> str:
    """SHA-256 of the canonical object, in hex: what is signed."""
    return sha256_of(document)


def _must_be(name: str, known: Any, what: str) -> None:
    if name not in known:
        msg = f"{what}: `{name}` is not known"
        raise ValueError(msg)
