"""What a chain of escalation may say, and how it goes on: a pure function of the chain, the position and the facts.

A chain is kept as it was when its run started. Each step has a logical time: absolute where the snapshot says so (`due_us`), else
what the steps before it waited. After an outage the chain is walked in logical time up to now, and of what should have been told
meanwhile only the last is told; the others are noted as skipped (response design, section 8; coordination design, section 6).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from incident_api.coordination.calendar import Calendar
from incident_api.coordination.organisation import Part
from khien.clock import MICROSECONDS

_MINUTE_US = 60 * MICROSECONDS
#: A jump back is followed at most so often in one run, so that every chain ends.
MOST_JUMPS = 5

_Minutes = Annotated[int, Field(ge=1, le=43_200)]


class Notify(Part):
    """Tell people: `assignee`, `next_on_duty`, `team`, a person, a role (who is on duty in it), a party or its endpoint."""

    kind: Literal["notify"] = "notify"
    tell: Annotated[tuple[str, ...], Field(min_length=1)]
    channel: Literal["app", "first", "second", "voice"] = "app"
    #: When, if the snapshot knows it; else as soon as the steps before it allow.
    due_us: int | None = None
    late_reason: bool = False
    #: Of a share of the time: what people are told.
    percent: int | None = None


class Wait(Part):
    """Let time pass."""

    kind: Literal["wait"] = "wait"
    minutes: _Minutes


class Acknowledge(Part):
    """Somebody must say that they have it: that ends the run; silence for so long goes on to the next step."""

    kind: Literal["acknowledge"] = "acknowledge"
    minutes: _Minutes


class Count(Part):
    """So many hits of the subject within the last minutes."""

    at_least: Annotated[int, Field(ge=1)]
    minutes: _Minutes


class Condition(Part):
    """Go on only if all of it holds; else leave out the next `skip` steps. Times are local, the calendar is the signed one."""

    kind: Literal["condition"] = "condition"
    #: `from` before `to`, or over midnight.
    between: tuple[str, str] | None = None
    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = ()
    #: True: only on days off (weekends that nobody works, public holidays, Tết); False: only on working days.
    day_off: bool | None = None
    count: Count | None = None
    skip: Annotated[int, Field(ge=1, le=20)] = 1

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.between is None and not self.weekdays and self.day_off is None and self.count is None:
            raise ValueError("a condition without anything to hold")
        for time in self.between or ():
            dt.time.fromisoformat(time)
        return self


class Jump(Part):
    """Back (or ahead) to a step, counted from 0."""

    kind: Literal["jump"] = "jump"
    to: Annotated[int, Field(ge=0, le=50)]
    at_most: Annotated[int, Field(ge=1, le=MOST_JUMPS)] = 1


ChainStep = Annotated[Notify | Wait | Acknowledge | Condition | Jump, Field(discriminator="kind")]
_STEPS: TypeAdapter[tuple[ChainStep, ...]] = TypeAdapter(Annotated[tuple[ChainStep, ...], Field(min_length=1, max_length=50)])


def validated(steps: Sequence[Mapping[str, Any]]) -> tuple[ChainStep, ...]:
    """The steps of a snapshot or of a policy. Raises `ValueError` for a jump to nowhere."""
    found = _STEPS.validate_python(tuple(steps))
    for step in found:
        if isinstance(step, Jump) and step.to >= len(found):
            msg = f"a jump to step {step.to}, which the chain has not"
            raise ValueError(msg)
    return found


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands: the step that is next, when, and how often it jumped."""

    step: int
    due_us: int
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What conditions look at."""

    calendar: Calendar
    #: Hits of the subject from the first to the second time.
    hits: Callable[[int, int], int] = lambda _from_us, _to_us: 0


@dataclass(frozen=True, slots=True)
class Fired:
    """A step to take now: its number, the attempt it belongs to, and what was left out on the way."""

    step: int
    attempt: int
    skipped: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is told now, if anything, and where the run goes on; None: the chain has ended."""

    fired: Fired | None
    after: Position | None


def first(steps: Sequence[ChainStep], *, start_us: int) -> Position:
    """Where a run begins, and when."""
    head = steps[0]
    due_us = head.due_us if isinstance(head, Notify) and head.due_us is not None else start_us
    return Position(0, due_us)


def advance(steps: Sequence[ChainStep], position: Position, facts: Facts, *, now_us: int) -> Outcome:
    """Walk in logical time up to now."""
    number, at_us, attempt = position.step, position.due_us, position.attempt
    told: list[tuple[int, int]] = []
    while number < len(steps) and at_us <= now_us:
        step = steps[number]
        if isinstance(step, Jump):
            is_followed = attempt < step.at_most
            number, attempt = (step.to, attempt + 1) if is_followed else (number + 1, attempt)
            # A step with a time of its own keeps it; one that was taken before is due again at once.
            continue
        if isinstance(step, Condition) and not _holds(step, facts, at_us=at_us):
            number += 1 + step.skip
            at_us = max(at_us, _own_time(steps, number) or at_us)
            continue
        if isinstance(step, Wait | Acknowledge):
            at_us += step.minutes * _MINUTE_US
        elif isinstance(step, Notify):
            told.append((number, attempt))
        number += 1
        at_us = max(at_us, _own_time(steps, number) or at_us)
    fired = Fired(*told[-1], tuple(each for each, _ in told[:-1])) if told else None
    return Outcome(fired, Position(number, at_us, attempt) if number < len(steps) else None)


def ahead(steps: Sequence[ChainStep], number: int, facts: Facts, *, now_us: int) -> tuple[int, ...]:
    """The steps that tell somebody from here on, as they hold now: who asks by hand waits for nothing and follows no jump."""
    found: list[int] = []
    while number < len(steps):
        step = steps[number]
        if isinstance(step, Notify):
            found.append(number)
        number += 1 + (step.skip if isinstance(step, Condition) and not _holds(step, facts, at_us=now_us) else 0)
    return tuple(found)


def _own_time(steps: Sequence[ChainStep], number: int) -> int | None:
    step = steps[number] if number < len(steps) else None
    return step.due_us if isinstance(step, Notify) else None


def _holds(condition: Condition, facts: Facts, *, at_us: int) -> bool:
    local = facts.calendar.local(at_us)
    if condition.between is not None and not _is_between(local.time(), *condition.between):
        return False
    if condition.weekdays and local.isoweekday() not in condition.weekdays:
        return False
    if condition.day_off is not None and facts.calendar.works(local.date()) is condition.day_off:
        return False
    counted = condition.count
    return counted is None or facts.hits(at_us - counted.minutes * _MINUTE_US, at_us) >= counted.at_least


def _is_between(time: dt.time, begin: str, end: str) -> bool:
    begins, ends = dt.time.fromisoformat(begin), dt.time.fromisoformat(end)
    return begins <= time < ends if begins < ends else time >= begins or time < ends
