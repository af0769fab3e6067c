"""Duty as the page and scripts read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.coordination.explanation import ROLES
from incident_api.duty import checks, current, words
from incident_api.duty.checks import Checked, Finding
from incident_api.duty.models import DutyFeed, DutyHandOver, DutyLeave, DutyOverride, DutyState, DutySwap, RotaVersion
from incident_api.duty.schemas import (
    CalendarAnswer,
    CalendarDay,
    CalendarShift,
    ChecksAnswer,
    FeedView,
    FindingView,
    HandOversAnswer,
    HandOverSignature,
    HandOverView,
    LeavesAnswer,
    LeaveView,
    OverridesAnswer,
    OverrideView,
    RotaAnswer,
    SwapsAnswer,
    SwapView,
)
from incident_api.duty.shift import Shift
from incident_api.duty.wall import DAY_US, wall
from incident_api.http.schemas import LocalText
from incident_api.people import service as people
from incident_api.people.person import Person
from incident_api.people.rights import Right
from incident_api.people.schemas import PersonBrief
from incident_api.runtime import Runtime
from khien.errors import KhienError

#: A window that is asked for at once; a year of a city's rota is a few thousand shifts.
LONGEST_WINDOW_US = 400 * DAY_US
_MOST = 500
_NEWEST = 100


def calendar(runtime: Runtime, *, from_us: int, to_us: int, person: str | None = None) -> CalendarAnswer:
    """Shifts that touch a window. Raises `duty.window`."""
    if not from_us < to_us <= from_us + LONGEST_WINDOW_US:
        raise KhienError("duty.window", days=LONGEST_WINDOW_US // DAY_US)
    with runtime.database.read() as session:
        found = [each for each in current.between(runtime, session, from_us, to_us) if person in {None, each.person}]
        names = _names(session, (each.person for each in found))
        roster = current.roster(runtime, session)
    days, unknown = _days(runtime, from_us=from_us, to_us=to_us, zone=roster.plan.zone)
    return CalendarAnswer(
        from_us=from_us,
        to_us=to_us,
        zone=roster.plan.zone,
        rota_version=roster.version,
        shifts=[_shift(each, names) for each in found],
        days=days,
        unknown_years=unknown,
    )


def _days(runtime: Runtime, *, from_us: int, to_us: int, zone: str) -> tuple[list[CalendarDay], list[int]]:
    """The days of a window that do not follow the week, by the signed calendar."""
    years = runtime.policy.policy.calendar.years
    first, last = wall(from_us, zone).date(), wall(to_us - 1, zone).date()
    wanted = range(first.year, last.year + 1)
    found: dict[str, CalendarDay] = {}
    for year in (years[str(each)] for each in wanted if str(each) in years):
        # An override stands after what it changes.
        for day in sorted(year.days, key=lambda each: each.kind == "override"):
            if first.isoformat() <= day.date <= last.isoformat():
                found[day.date] = CalendarDay(date=day.date, name=LocalText(vi=day.text.vi, en=day.text.en), works=day.works)
    return [found[date] for date in sorted(found)], [each for each in wanted if str(each) not in years]


def shifts(session: Session, found: Iterable[Shift]) -> list[CalendarShift]:
    """Shifts with the names of who has them."""
    listed = list(found)
    names = _names(session, (each.person for each in listed))
    return [_shift(each, names) for each in listed]


def person(session: Session, name: str) -> PersonBrief:
    """One name."""
    return _name(session, name)


def checked(runtime: Runtime, *, from_us: int, days: int) -> ChecksAnswer:
    """The faults of a window."""
    with runtime.database.read() as session:
        roster, rota = current.roster(runtime, session), current.rota(session)
        found = checks.check(rota, roster, start_us=from_us, end_us=from_us + days * DAY_US)
        refusal = session.get_one(DutyState, 1).refusal
        return _checks(found, findings(session, found.findings, rota.zone), version=roster.version, refusal=refusal)


def findings(session: Session, found: Iterable[Finding], zone: str) -> list[FindingView]:
    """Faults as sentences with their cure."""
    listed = list(found)
    names = _names(session, (each.person for each in listed if each.person is not None))
    return [
        FindingView(
            kind=each.kind,
            is_hole=each.is_hole,
            role=each.role,
            layers=list(each.layers),
            person=None if each.person is None else names[each.person],
            start_us=each.start_us,
            end_us=each.end_us,
            text=words.finding(each, zone),
            cure=words.cure(each),
        )
        for each in listed
    ]


def rota(session: Session, warnings: Sequence[Finding] = ()) -> RotaAnswer:
    """The rota in force."""
    state = session.get_one(DutyState, 1)
    row = session.get_one(RotaVersion, state.rota_id)
    return RotaAnswer(
        version=row.version,
        revision=state.revision,
        sha256=row.sha256,
        from_us=row.from_us,
        taken_over_by=row.actor,
        document=row.document,
        warnings=findings(session, warnings, current.rota(session).zone),
    )


def overrides(runtime: Runtime, *, now_us: int) -> OverridesAnswer:
    """Those that are not over."""
    with runtime.database.read() as session:
        query = (
            select(DutyOverride).where(DutyOverride.end_us > now_us).order_by(DutyOverride.start_us, DutyOverride.id).limit(_MOST)
        )
        return OverridesAnswer(overrides=[override(session, row) for row in session.scalars(query)])


def swaps(runtime: Runtime, *, now_us: int) -> SwapsAnswer:
    """Those that are not over."""
    with runtime.database.read() as session:
        query = select(DutySwap).where(DutySwap.end_us > now_us).order_by(DutySwap.start_us, DutySwap.id).limit(_MOST)
        return SwapsAnswer(swaps=[swap(session, row) for row in session.scalars(query)])


def leaves(runtime: Runtime, *, person: Person, now_us: int) -> LeavesAnswer:
    """One's own, or everybody's for those who edit the rota."""
    query = select(DutyLeave).where(DutyLeave.end_us > now_us).order_by(DutyLeave.start_us, DutyLeave.id).limit(_MOST)
    if Right.DUTY_EDIT not in person.rights:
        query = query.where(DutyLeave.person == person.id)
    with runtime.database.read() as session:
        return LeavesAnswer(leave=[leave(session, row) for row in session.scalars(query)])


def hand_overs(runtime: Runtime, *, person: Person) -> HandOversAnswer:
    """The newest, as far as this person was in them or belongs to the team."""
    query = select(DutyHandOver).order_by(DutyHandOver.id.desc()).limit(_NEWEST)
    if Right.ALERTS_TRIAGE not in person.rights:
        query = query.where((DutyHandOver.giver == person.id) | (DutyHandOver.taker == person.id))
    with runtime.database.read() as session:
        return HandOversAnswer(hand_overs=[hand_over(session, row) for row in session.scalars(query)])


def override(session: Session, row: DutyOverride) -> OverrideView:
    """One. Why somebody was called is the shift's matter, not what the sick person has."""
    values = {name: getattr(row, name) for name in OverrideView.model_fields if name != "person"}
    return OverrideView(person=_name(session, row.person), **values)


def swap(session: Session, row: DutySwap) -> SwapView:
    """One."""
    values = {name: getattr(row, name) for name in SwapView.model_fields if name not in {"giver", "taker"}}
    return SwapView(giver=_name(session, row.giver), taker=_name(session, row.taker), **values)


def leave(session: Session, row: DutyLeave) -> LeaveView:
    """One."""
    values = {name: getattr(row, name) for name in LeaveView.model_fields if name != "person"}
    return LeaveView(person=_name(session, row.person), **values)


def hand_over(session: Session, row: DutyHandOver) -> HandOverView:
    """One."""
    values = {name: getattr(row, name) for name in HandOverView.model_fields if name not in {"giver", "taker", "signatures"}}
    signatures = [
        HandOverSignature(person=each["person"], at_us=each["at_us"], content_sha256=each["content_sha256"])
        for each in row.signatures
    ]
    return HandOverView(giver=_name(session, row.giver), taker=_name(session, row.taker), signatures=signatures, **values)


def feed(row: DutyFeed) -> FeedView:
    """One, without its token."""
    return FeedView(**{name: getattr(row, name) for name in FeedView.model_fields})


def _checks(found: Checked, views: list[FindingView], *, version: str, refusal: dict[str, object] | None) -> ChecksAnswer:
    return ChecksAnswer(
        start_us=found.start_us,
        end_us=found.end_us,
        rota_version=version,
        findings=views,
        coverage=round(found.coverage, 4),
        balance=round(found.balance, 4),
        score=round(found.score, 4),
        refusal=_refusal(refusal),
    )


def _refusal(stored: dict[str, object] | None) -> LocalText | None:
    if stored is None:
        return None
    params = stored["params"]
    assert isinstance(params, dict)
    error = KhienError(str(stored["code"]), **params)
    return LocalText(vi=error.whole("vi"), en=error.whole("en"))


def _shift(each: Shift, names: dict[str, PersonBrief]) -> CalendarShift:
    vi, en = ROLES.get(each.role, (each.role, each.role))
    return CalendarShift(
        person=names[each.person],
        role=each.role,
        role_name=LocalText(vi=vi, en=en),
        seat=each.seat,
        layer=each.layer,
        priority=each.priority,
        presence=each.presence,
        source=each.source,
        reference=each.reference,
        start_us=each.start_us,
        end_us=each.end_us,
    )


def _names(session: Session, ids: Iterable[str]) -> dict[str, PersonBrief]:
    """Names; of somebody who has gone from the organisation the id."""
    wanted = set(ids)
    found = people.briefs(session, wanted)
    return found | {each: PersonBrief(id=each, name=LocalText(vi=each, en=each), home="–") for each in wanted - set(found)}


def _name(session: Session, person: str) -> PersonBrief:
    return _names(session, [person])[person]
