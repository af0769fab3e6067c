"""Bodies of the rule book: the coordination rules in words, for people who will never read the files."""

from __future__ import annotations

from typing import Literal

from incident_api.coordination.schemas import BasisOf
from incident_api.http.schemas import Answer, LocalText

Class = Literal["M1", "M2", "M3", "M4"]


class ClassRule(Answer):
    """A rule that makes a class. `when`: what must hold; null = it holds when no other rule does."""

    id: str
    text: LocalText
    when: LocalText | None
    basis: BasisOf


class LeadWhen(Answer):
    """Who leads, and when. `when` null: always."""

    when: LocalText | None
    lead: LocalText


class ClassRules(Answer):
    """A class and what makes it, in the order in which the rules are read. `leads`: who leads such an incident."""

    severity: Class
    text: LocalText
    rules: list[ClassRule]
    leads: list[LeadWhen]


class JoinWhen(Answer):
    """Who takes a part of the lead besides."""

    id: str
    text: LocalText
    when: LocalText
    basis: BasisOf


class OutsideRule(Answer):
    """What the city does not judge: it hands the case on and stops."""

    text: LocalText
    when: LocalText
    lead: LocalText
    basis: BasisOf


class BookRecipient(Answer):
    """Who is told. `classes`: only in these; empty = in all. `by_owner`: one for every owner concerned."""

    id: str
    text: LocalText
    classes: list[Class]
    by_owner: bool


class DueWhen(Answer):
    """Until when. `classes`: only in these; empty = in all others."""

    text: LocalText
    clock: Literal["det", "class", "pd", "rec", "rcv"]
    classes: list[Class]


class BookObligation(Answer):
    """A duty to tell: when, whom, until when, by which means, on which form, and on what it rests."""

    code: str
    text: LocalText
    when: LocalText
    classes: list[Class]
    to: list[BookRecipient]
    means: Literal["voice", "writing", "message", "file"]
    means_text: LocalText
    due: list[DueWhen]
    repeat_hours: int | None
    forms: list[LocalText]
    basis: BasisOf


class ReminderStep(Answer):
    """Who is told when so much of the time from clock to due has passed."""

    percent: int
    tell: list[LocalText]
    second_channel: bool
    late_reason: bool


class TwoPartyRule(Answer):
    """An act that takes two persons of different homes. `minutes`: how long the first word waits for the second."""

    act: str
    text: LocalText
    first: list[LocalText]
    second: list[LocalText]
    minutes: int


class TwoPartyRules(Answer):
    """All of them, and what happens when no approver answers."""

    basis: BasisOf
    acts: list[TwoPartyRule]
    silence_minutes: int
    later_approval_hours: int


class BookAssignment(Answer):
    """Who gets an alert. `when` null: every other alert."""

    id: str
    text: LocalText
    when: LocalText | None
    role: LocalText
    lead: LocalText
    inform: list[LocalText]
    basis: BasisOf


class TakeStep(Answer):
    """Who is told, so many minutes after arrival, when nobody took it."""

    after_minutes: int
    text: LocalText
    channel: Literal["app", "second"]


class TakeBy(Answer):
    """Until when an alert of a level must be taken."""

    level: Literal["low", "medium", "high", "critical"]
    minutes: int
    time: Literal["wall", "business"]
    steps: list[TakeStep]


class BookRung(Answer):
    """Who is asked when the rung before had nobody. `unattended`: of record only."""

    id: str
    text: LocalText
    unattended: bool


class PoliceRequestRule(Answer):
    """How long the answer to a written request of the police may take."""

    code: str
    text: LocalText
    hours: int
    urgent_hours: int
    basis: BasisOf


class PeriodicRule(Answer):
    """A duty that comes again with the calendar."""

    code: str
    text: LocalText
    when: LocalText
    to: list[LocalText]
    basis: BasisOf


class Choice(Answer):
    """An answer to a question, or a mark that people set."""

    id: str
    text: LocalText


class BookQuestion(Answer):
    """A question that people answer about an incident."""

    id: str
    type: Literal["boolean", "count", "choice"]
    text: LocalText
    choices: list[Choice]


class BookFlag(Answer):
    """A mark that people set on an incident. `implies`: what it brings with it."""

    id: str
    text: LocalText
    implies: list[str]


class Rulebook(Answer):
    """A version of the coordination rules in words."""

    sha256: str
    short: str
    version: str
    title: LocalText
    classes: list[ClassRules]
    outside: OutsideRule
    joins: list[JoinWhen]
    obligations: list[BookObligation]
    reminders: list[ReminderStep]
    reminders_basis: BasisOf
    approvals: TwoPartyRules
    assignment: list[BookAssignment]
    ladder: list[BookRung]
    take_by: list[TakeBy]
    take_by_basis: BasisOf
    requests: list[PoliceRequestRule]
    periodic: list[PeriodicRule]
    questions: list[BookQuestion]
    flags: list[BookFlag]
