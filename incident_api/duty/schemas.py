"""Bodies of duty."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from incident_api.http.schemas import MOST, Answer, LocalText, Microseconds, Request
from incident_api.people.schemas import PersonBrief

Time = Annotated[int, Field(ge=0, le=4_102_444_800_000_000)]
Version = Annotated[int, Field(ge=1, le=MOST)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
Account = Annotated[str, Field(min_length=1, max_length=128)]
#: A month: nobody swaps, stands in or is away for longer by one entry.
LONGEST_US = 31 * 86_400 * 1_000_000


class _Span(Request):
    """A time that begins before it ends, and not a month later."""

    start_us: Time
    end_us: Time

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if not self.start_us < self.end_us <= self.start_us + self._longest():
            raise ValueError("`start_us` must be before `end_us`, and not by more than the longest time allowed")
        return self

    @classmethod
    def _longest(cls) -> int:
        return LONGEST_US


class PutOverride(_Span):
    """Somebody at a seat for a while: in the place of whoever has it, or besides."""

    seat: Name
    person: Account
    mode: Literal["instead", "added"] = "instead"
    reason: Reason


class OfferSwap(_Span):
    """One's own shift, or a part of it, to somebody else; `return_*`: the shift of theirs that one takes for it."""

    seat: Name
    taker: Account
    return_seat: Name | None = None
    return_start_us: Time | None = None
    return_end_us: Time | None = None
    reason: Reason

    @model_validator(mode="after")
    def _return_is_whole(self) -> Self:
        start, end = self.return_start_us, self.return_end_us
        if len({self.return_seat is None, start is None, end is None}) > 1:
            raise ValueError("`return_seat`, `return_start_us` and `return_end_us` go together")
        if start is not None and end is not None and not start < end <= start + LONGEST_US:
            raise ValueError("the shift in return must begin before it ends")
        return self


class AskLeave(_Span):
    """Leave or training. `person`: somebody else, for whoever edits the rota."""

    kind: Literal["leave", "training"] = "leave"
    person: Account | None = None
    reason: Reason

    @classmethod
    def _longest(cls) -> int:
        return 12 * LONGEST_US


class ReportSick(_Span):
    """Cannot come: counts at once, and somebody stands in. `person`: somebody else, for whoever edits the rota."""

    person: Account | None = None
    reason: Annotated[str, Field(max_length=1000)] = ""


class SwapAct(Request):
    """The next step of a swap."""

    action: Literal["accept", "decline", "approve", "withdraw"]
    version: Version
    reason: Annotated[str | None, Field(max_length=1000)] = None


class LeaveAct(Request):
    """The next step of leave."""

    action: Literal["approve", "refuse", "withdraw"]
    version: Version
    reason: Annotated[str | None, Field(max_length=1000)] = None


class OverrideAct(Request):
    """Who was called answers; whoever edits the rota takes it back."""

    action: Literal["accept", "decline", "withdraw"]
    version: Version
    reason: Annotated[str | None, Field(max_length=1000)] = None


class PreviewEdit(_Span):
    """An edit of the rota that is only looked at.

    `person`: who is put in (override), who gives (swap), who is away (leave, sick); oneself when it is left out.
    """

    kind: Literal["override", "swap", "leave", "sick"]
    person: Account | None = None
    seat: Name | None = None
    mode: Literal["instead", "added"] = "instead"
    taker: Account | None = None
    return_seat: Name | None = None
    return_start_us: Time | None = None
    return_end_us: Time | None = None

    @model_validator(mode="after")
    def _names_what_its_kind_needs(self) -> Self:
        if self.kind in {"override", "swap"} and self.seat is None:
            raise ValueError("an override and a swap name a `seat`")
        if (self.kind == "swap") != (self.taker is not None):
            raise ValueError("a swap names its `taker`, and nothing else does")
        start, end = self.return_start_us, self.return_end_us
        if len({self.return_seat is None, start is None, end is None}) > 1:
            raise ValueError("`return_seat`, `return_start_us` and `return_end_us` go together")
        if start is not None and end is not None and not start < end <= start + LONGEST_US:
            raise ValueError("the shift in return must begin before it ends")
        return self

    @classmethod
    def _longest(cls) -> int:
        return 12 * LONGEST_US


class ImportRota(Request):
    """The text of a `rota.yaml`. `dry_run`: only look."""

    yaml: Annotated[str, Field(min_length=1, max_length=262_144)]
    dry_run: bool = False


class ImportLeave(Request):
    """A calendar file (RFC 5545) whose events are somebody's leave. `dry_run`: only look."""

    ics: Annotated[str, Field(min_length=1, max_length=524_288)]
    person: Account | None = None
    kind: Literal["leave", "training"] = "leave"
    from_us: Time
    to_us: Time
    dry_run: bool = False


class CheckHolidays(Request):
    """A calendar file of public holidays, to be compared with the signed calendar of a year."""

    ics: Annotated[str, Field(min_length=1, max_length=524_288)]
    year: Annotated[int, Field(ge=2000, le=2099)]


class DraftHandOver(Request):
    """A shift is handed over to whoever follows; `taker` when it is somebody else than the rota says."""

    seat: Name
    taker: Account | None = None
    notes: Annotated[str, Field(max_length=8000)] = ""


class SignHandOver(Request):
    """One's signature under exactly this content."""

    action: Literal["sign", "withdraw"] = "sign"
    version: Version
    content_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class MakeFeed(Request):
    """An address with a secret in it: a calendar of one's own shifts or of the whole rota, or the duty board on a wall."""

    kind: Literal["person", "rota", "board"] = "person"
    name: Annotated[str, Field(min_length=1, max_length=80)]


class FindingView(Answer):
    """A fault of the rota, as a sentence, and what mends it."""

    kind: Literal["gap", "one_deep", "thin_holiday", "leave", "rest", "long", "double"]
    is_hole: bool
    role: str
    layers: list[str]
    person: PersonBrief | None
    start_us: Microseconds
    end_us: Microseconds
    text: LocalText
    cure: LocalText


class ChecksAnswer(Answer):
    """The faults of a window; `score` is the mean of `coverage` and `balance`, each from 0 to 1."""

    start_us: Microseconds
    end_us: Microseconds
    rota_version: str
    findings: list[FindingView]
    coverage: float
    balance: float
    score: float
    #: Why the rota in the organisation's folder is not the one in force.
    refusal: LocalText | None


class CalendarShift(Answer):
    """A shift of the final rota."""

    person: PersonBrief
    role: str
    role_name: LocalText
    seat: str
    layer: str
    priority: int
    presence: Literal["desk", "on_call"]
    source: Literal["layer", "swap", "override", "added"]
    reference: str
    start_us: Microseconds
    end_us: Microseconds


class CalendarDay(Answer):
    """A day that the signed calendar names: a day off (`works` false), or a day on which the city works instead."""

    date: str
    name: LocalText
    works: bool


class CalendarAnswer(Answer):
    """Who is on duty in a window. `unknown_years`: for these the signed calendar does not say which days are off."""

    from_us: Microseconds
    to_us: Microseconds
    zone: str
    rota_version: str
    shifts: list[CalendarShift]
    days: list[CalendarDay]
    unknown_years: list[int]


class CalledView(Answer):
    """Who would be called to stand in for a shift; nobody when `person` is null."""

    shift: CalendarShift
    person: PersonBrief | None


class PreviewAnswer(Answer):
    """What an edit would change, from now on: shifts that somebody gains or loses, who is called, what becomes worse."""

    gained: list[CalendarShift]
    lost: list[CalendarShift]
    called: list[CalledView]
    warnings: list[FindingView]


class OverrideView(Answer):
    """An override. `answer_due_us`: until when somebody who was called must answer."""

    id: int
    seat: str
    person: PersonBrief
    mode: Literal["instead", "added"]
    start_us: Microseconds
    end_us: Microseconds
    reason: str
    state: Literal["active", "asked", "declined", "lapsed", "withdrawn"]
    made_by: str
    made_us: Microseconds
    leave_id: int | None
    answer_due_us: int | None
    explanation: dict[str, Any] | None
    version: int


class SwapView(Answer):
    """A swap."""

    id: int
    giver: PersonBrief
    taker: PersonBrief
    seat: str
    start_us: Microseconds
    end_us: Microseconds
    return_seat: str | None
    return_start_us: int | None
    return_end_us: int | None
    reason: str
    state: Literal["offered", "accepted", "approved", "declined", "withdrawn"]
    decided_by: str | None
    version: int


class LeaveView(Answer):
    """Leave, training or sickness; only the person and those who edit the rota see it."""

    id: int
    person: PersonBrief
    kind: Literal["leave", "training", "sick"]
    start_us: Microseconds
    end_us: Microseconds
    reason: str
    state: Literal["asked", "approved", "refused", "withdrawn"]
    asked_by: str
    decided_by: str | None
    version: int


class OverridesAnswer(Answer):
    """Overrides that are not over, the earliest first."""

    overrides: list[OverrideView]


class SwapsAnswer(Answer):
    """Swaps that are not over, the earliest first."""

    swaps: list[SwapView]


class LeavesAnswer(Answer):
    """Leave that is not over, the earliest first."""

    leave: list[LeaveView]


class OverrideAnswer(Answer):
    """An override, and what it makes worse."""

    override: OverrideView
    warnings: list[FindingView]


class SwapAnswer(Answer):
    """A swap, and what it makes worse."""

    swap: SwapView
    warnings: list[FindingView]


class LeaveAnswer(Answer):
    """Leave, who stands in, and what it makes worse."""

    leave: LeaveView
    standing_in: list[OverrideView]
    warnings: list[FindingView]


class LeaveImportAnswer(Answer):
    """What a calendar file held: how many entries are new, and how many were known already or lay outside the window."""

    read: int
    new: int
    known: int
    outside: int
    leave: list[LeaveView]


class HolidayDifference(Answer):
    """A day that the file and the signed calendar judge differently. The signed calendar stays as it is."""

    date: str
    name: str
    in_file: bool
    in_calendar: bool


class HolidaysAnswer(Answer):
    """The comparison of a file with the signed calendar."""

    year: int
    read: int
    agree: int
    differences: list[HolidayDifference]


class RotaAnswer(Answer):
    """The rota in force."""

    version: str
    revision: int
    sha256: str
    from_us: Microseconds
    taken_over_by: str
    document: dict[str, Any]
    warnings: list[FindingView]


class HandOverSignature(Answer):
    """A signature under a hand-over."""

    person: str
    at_us: Microseconds
    content_sha256: str


class HandOverView(Answer):
    """A hand-over (bàn giao ca trực)."""

    id: int
    giver: PersonBrief
    taker: PersonBrief
    seat: str
    at_us: Microseconds
    state: Literal["drafted", "signed", "withdrawn"]
    content: dict[str, Any]
    content_sha256: str
    notes: str
    signatures: list[HandOverSignature]
    version: int


class HandOversAnswer(Answer):
    """The newest hand-overs."""

    hand_overs: list[HandOverView]


class FeedView(Answer):
    """A calendar address, without its token."""

    id: int
    kind: Literal["person", "rota", "board"]
    owner: str
    name: str
    made_us: Microseconds
    revoked_us: int | None
    version: int


class NewFeed(Answer):
    """A calendar address; the path with the token is shown this once."""

    feed: FeedView
    path: str


class FeedsAnswer(Answer):
    """One's own calendar addresses."""

    feeds: list[FeedView]
