"""Whom the city must tell, and by when: obligations as data, planned by pure functions (coordination design, sections 3, 5, 6).

`plan` says what a case owes; `reconcile` compares that with what was made before and says what to make, to move and to cancel. An
obligation is one code, one recipient and one occurrence. Legal clocks are wall-clock time and never pause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from incident_api.coordination.case import Alternatives, Case, CaseCondition, Clock, Clocks, Severity
from incident_api.coordination.organisation import Part, Text
from khien.clock import MICROSECONDS

_MINUTE_US = 60 * MICROSECONDS
_WHOLE = 100


class Due(Part):
    """So much time after a clock; `classes`: only for these."""

    clock: Clock
    minutes: Annotated[int, Field(ge=1)] | None = None
    hours: Annotated[int, Field(ge=1)] | None = None
    days: Annotated[int, Field(ge=1)] | None = None
    classes: tuple[Severity, ...] = ()

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if sum(each is not None for each in (self.minutes, self.hours, self.days)) != 1:
            raise ValueError("a due time is in minutes, in hours or in days")
        return self

    @property
    def length_us(self) -> int:
        """The whole time in microseconds."""
        return ((self.minutes or 0) + 60 * (self.hours or 0) + 1440 * (self.days or 0)) * _MINUTE_US


class Repeat(Part):
    """Again and again until the incident is recovered; an occurrence at the hour of one of `not_at` is dropped."""

    hours: Annotated[int, Field(ge=1)]
    not_at: tuple[str, ...] = ()


class GroupMember(Part):
    """A recipient of a group; `classes`: only for these."""

    to: str
    classes: tuple[Severity, ...] = ()


class ObligationRule(Part):
    """One duty to tell. `own`: numbers or triggers that the parties set themselves although the duty is sourced."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,3}$")]
    text: Text
    to: Annotated[tuple[str, ...], Field(min_length=1)]
    each_owner: bool = False
    means: Literal["voice", "writing", "message", "file"]
    due: Annotated[tuple[Due, ...], Field(min_length=1)]
    repeat: Repeat | None = None
    when: Alternatives
    interim: bool = False
    outside: bool = False
    basis: str
    own: Text | None = None


class Step(Part):
    """Who is told when so much of the time from clock to due has passed."""

    percent: Annotated[int, Field(ge=1, le=100)]
    tell: Annotated[tuple[str, ...], Field(min_length=1)]
    second_channel: bool = False
    late_reason: bool = False


class ObligationRules(Part):
    """The file `obligations.yaml`."""

    groups: dict[str, tuple[GroupMember, ...]]
    rules: Annotated[tuple[ObligationRule, ...], Field(min_length=1, max_length=200)]
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=10)]
    steps_basis: str
    #: Sets the clock `pd`.
    personal_data_flag: str
    #: No content enters or leaves: messages only ask for contact on the secure channel.
    contact_only_flag: str

    @model_validator(mode="after")
    def _codes_are_known_and_once(self) -> Self:
        codes = [rule.code for rule in self.rules]
        if len(set(codes)) != len(codes):
            raise ValueError("two obligations have one code")
        for rule in self.rules:
            for code in rule.repeat.not_at if rule.repeat else ():
                if code not in codes:
                    msg = f"{rule.code} is not made at the hour of `{code}`, which is no obligation"
                    raise ValueError(msg)
        percents = [step.percent for step in self.steps]
        if percents != sorted(set(percents)) or percents[-1] != _WHOLE:
            raise ValueError("the steps must rise to 100 percent")
        return self

    def rule(self, code: str) -> ObligationRule:
        """The rule of a code."""
        return next(rule for rule in self.rules if rule.code == code)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What makes an obligation one: code, recipient, and the number of the occurrence (0 unless it repeats)."""

    code: str
    recipient: str
    occurrence: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """An obligation with the time its clock started and the time it is due."""

    key: Key
    start_us: int
    due_us: int


@dataclass(frozen=True, slots=True)
class Standing:
    """An obligation that was made before and is still open or was once."""

    key: Key
    due_us: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What a change of the case asks for."""

    make: tuple[Planned, ...] = ()
    move: tuple[Planned, ...] = ()
    cancel: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with its class. `highest`: the gravest class it ever had; None: outside of what the city judges."""

    case: Case
    severity: Severity | None
    highest: Severity | None
    unknown_level: int
    unknown_owner: str


def plan(rules: ObligationRules, judged: Judged, clocks: Clocks, *, now_us: int) -> tuple[Planned, ...]:
    """Everything that this case owes, in the order of the rules; of what repeats, what is due until now and the next one."""
    planned: list[Planned] = []
    for rule in rules.rules:
        if rule.outside != (judged.severity is None):
            continue
        alternative = _triggered(rule, judged)
        if alternative is None:
            continue
        start = _start(rule, alternative, judged, clocks)
        if start is None:
            continue
        due = _due_of(rule, judged)
        for occurrence, due_us in _occurrences(rules, rule, first_us=start + due.length_us, clocks=clocks, now_us=now_us):
            planned += [
                Planned(Key(rule.code, recipient, occurrence), start, due_us) for recipient in _recipients(rules, rule, judged)
            ]
    return tuple(planned)


def reconcile(rules: ObligationRules, standing: Iterable[Standing], judged: Judged, clocks: Clocks, *, now_us: int) -> Changes:
    """Make what is missing, move what a corrected clock moved, cancel interims that are not owed any more.

    Nothing else is ever cancelled by a change of class: what was owed once stays owed, and moves with its clock.
    """
    wanted = {each.key: each for each in plan(rules, judged, clocks, now_us=now_us)}
    known = {each.key: each for each in standing}
    at_highest = plan(rules, replace(judged, severity=judged.highest), clocks, now_us=now_us)
    timed = {each.key: each for each in at_highest} | wanted
    return Changes(
        make=tuple(each for key, each in wanted.items() if key not in known),
        move=tuple(each for key, each in timed.items() if key in known and known[key].is_open and known[key].due_us != each.due_us),
        cancel=tuple(key for key, each in known.items() if each.is_open and key not in wanted and rules.rule(key.code).interim),
    )


def steps_of(rules: ObligationRules, planned: Planned) -> tuple[int, ...]:
    """The due time of every escalation step: a share of the time from clock to due."""
    length = planned.due_us - planned.start_us
    return tuple(planned.start_us + length * step.percent // _WHOLE for step in rules.steps)


@dataclass(frozen=True, slots=True)
class Fired:
    """Of the steps that are due and were not taken, the highest is taken and those below are only noted."""

    step: int | None
    skipped: tuple[int, ...] = ()


def next_step(due_times: tuple[int, ...], *, taken: int, now_us: int) -> Fired:
    """Which step to take now; `taken` is how many were taken or skipped before."""
    due = [number for number in range(taken, len(due_times)) if due_times[number] <= now_us]
    return Fired(due[-1], tuple(due[:-1])) if due else Fired(None)


def _triggered(rule: ObligationRule, judged: Judged) -> CaseCondition | None:
    """The alternative that triggers a rule. After a lowering, a class alone triggers nothing new (design, section 5)."""
    for alternative in rule.when:
        if not alternative.holds(judged.case, severity=judged.severity, unknown_level=judged.unknown_level):
            continue
        was_lowered = judged.severity is not judged.highest
        if (
            alternative.classes
            and was_lowered
            and not alternative.holds(judged.case, severity=judged.highest, unknown_level=judged.unknown_level)
        ):
            continue
        return alternative
    return None


def _start(rule: ObligationRule, alternative: CaseCondition, judged: Judged, clocks: Clocks) -> int | None:
    clock = _due_of(rule, judged).clock
    if clock is Clock.DETECTED:
        return clocks.detected_us
    if clock is Clock.PERSONAL_DATA:
        return clocks.personal_data_us
    if clock is Clock.RECOVERED:
        return clocks.recovered_us
    return _classified(alternative, judged, clocks)


def _classified(alternative: CaseCondition, judged: Judged, clocks: Clocks) -> int:
    """When what triggers the duty was first set: the class that it asks for, and the first of its flags."""
    times = []
    if alternative.classes or not alternative.flags:
        wanted = [each for each in alternative.classes if each in clocks.classes]
        times.append(
            min((clocks.classes[each] for each in wanted), default=min(clocks.classes.values(), default=clocks.detected_us))
        )
    if alternative.flags:
        present = [clocks.flags[flag] for flag in alternative.flags if flag in judged.case.flags and flag in clocks.flags]
        times.append(min(present, default=clocks.detected_us))
    return max(times)


def _due_of(rule: ObligationRule, judged: Judged) -> Due:
    for due in rule.due:
        if not due.classes or judged.severity in due.classes:
            return due
    return rule.due[-1]


def _occurrences(
    rules: ObligationRules, rule: ObligationRule, *, first_us: int, clocks: Clocks, now_us: int
) -> Iterator[tuple[int, int]]:
    if rule.repeat is None:
        yield 0, first_us
        return
    if clocks.recovered_us is not None:
        return
    dropped = {
        clocks.detected_us + due.length_us
        for code in rule.repeat.not_at
        for due in rules.rule(code).due
        if due.clock is Clock.DETECTED
    }
    every = rule.repeat.hours * 60 * _MINUTE_US
    number, due_us = 0, first_us
    while True:
        if due_us not in dropped:
            yield number, due_us
            if due_us > now_us:
                return
        number, due_us = number + 1, due_us + every


def _recipients(rules: ObligationRules, rule: ObligationRule, judged: Judged) -> tuple[str, ...]:
    owners = judged.case.owners(unknown=judged.unknown_owner)
    found: list[str] = []
    for name in rule.to:
        if name in rules.groups:
            found += [each.to for each in rules.groups[name] if not each.classes or judged.severity in each.classes]
        elif name == "owner":
            found += [f"owner:{owner}" for owner in (owners if rule.each_owner else owners[:1])]
        else:
            found.append(name)
    return tuple(dict.fromkeys(found))


def raised(clocks: Clocks, severity: Severity, *, at_us: int) -> Clocks:
    """The clocks after a class was set; the first time counts."""
    return replace(clocks, classes={severity: at_us, **clocks.classes})


def flagged(rules: ObligationRules, clocks: Clocks, flags: Iterable[str], *, at_us: int) -> Clocks:
    """The clocks after flags were set; knowing of personal data starts its own clock."""
    added: Mapping[str, int] = dict.fromkeys(flags, at_us)
    known = clocks.personal_data_us
    if known is None and rules.personal_data_flag in added:
        known = at_us
    return replace(clocks, flags={**added, **clocks.flags}, personal_data_us=known)
