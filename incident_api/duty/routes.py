"""Duty: who is on, the calendar, its faults, and what people change of it."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from sqlalchemy.orm import Session

from incident_api.coordination.canonical import sha256_of
from incident_api.duty import (
    changes,
    current,
    edits,
    feeds,
    handing_over,
    importing,
    importing_leave,
    previewing,
    service,
    sickness,
    views,
)
from incident_api.duty.models import DutyOverride
from incident_api.duty.schemas import (
    AskLeave,
    CalendarAnswer,
    CalledView,
    CheckHolidays,
    ChecksAnswer,
    DraftHandOver,
    FeedsAnswer,
    FeedView,
    HandOversAnswer,
    HandOverView,
    HolidaysAnswer,
    ImportLeave,
    ImportRota,
    LeaveAct,
    LeaveAnswer,
    LeaveImportAnswer,
    LeavesAnswer,
    MakeFeed,
    NewFeed,
    OfferSwap,
    OverrideAct,
    OverrideAnswer,
    OverridesAnswer,
    PreviewAnswer,
    PreviewEdit,
    PutOverride,
    ReportSick,
    RotaAnswer,
    SignHandOver,
    SwapAct,
    SwapAnswer,
    SwapsAnswer,
)
from incident_api.http.idempotent import once
from incident_api.http.identity import Caller, IdempotencyKey, RuntimeOf, requires
from incident_api.http.identity import changes as may_change
from incident_api.http.schemas import MOST, problem_responses
from incident_api.people.person import Actor
from incident_api.people.rights import Right
from incident_api.people.schemas import DutyAnswer

router = APIRouter(prefix="/duty", tags=["duty"])

Reader = Annotated[Caller, Depends(requires(Right.DUTY_READ))]
Member = Annotated[Caller, Depends(requires(Right.DUTY_ACT))]
#: Everybody on the rota acts in their own matters; what only those may who edit the rota, the machines say.
Actor_ = Annotated[Caller, Depends(may_change(Right.DUTY_ACT))]
Signer = Annotated[Caller, Depends(may_change(Right.DUTY_ACT, second_factor=True))]
Editor = Annotated[Caller, Depends(may_change(Right.DUTY_EDIT))]
Number = Annotated[int, Path(ge=1, le=MOST)]
_Time = Annotated[int, Query(ge=0, le=4_102_444_800_000_000)]
_READ = problem_responses(401, 403, 422)
_CHANGE = problem_responses(401, 403, 404, 409, 422)


@router.get("", operation_id="readDuty", responses=_READ)
def read_duty(
    _found: Reader, runtime: RuntimeOf, at_us: Annotated[int | None, Query(ge=0, le=4_102_444_800_000_000)] = None
) -> DutyAnswer:
    """Who is on duty (trực ban) at a time, now by default."""
    return service.at(runtime, at_us=at_us if at_us is not None else runtime.clock.now_us())


@router.get("/calendar", operation_id="readDutyCalendar", responses=_READ)
def read_calendar(
    _found: Reader,
    runtime: RuntimeOf,
    from_us: _Time,
    to_us: _Time,
    person: Annotated[str | None, Query(max_length=128)] = None,
) -> CalendarAnswer:
    """The final rota of a window of at most 400 days; the past as it was."""
    return views.calendar(runtime, from_us=from_us, to_us=to_us, person=person)


@router.get("/checks", operation_id="checkDuty", responses=_READ)
def check_duty(_found: Reader, runtime: RuntimeOf, days: Annotated[int, Query(ge=1, le=180)] = 30) -> ChecksAnswer:
    """Gaps, thin nights and holidays, leave against duty, hours and rest of the days ahead, and the score."""
    return views.checked(runtime, from_us=runtime.clock.now_us(), days=days)


@router.get("/rota", operation_id="readRota", responses=_READ)
def read_rota(_found: Reader, runtime: RuntimeOf) -> RotaAnswer:
    """The layers in force."""
    with runtime.database.read() as session:
        return views.rota(session)


@router.post("/rota", operation_id="importRota", responses=_CHANGE)
def import_rota(request: ImportRota, found: Editor, runtime: RuntimeOf, key: IdempotencyKey = None) -> RotaAnswer:
    """Layers from the text of a `rota.yaml`, in force from now; one with a hole is refused. `dry_run`: what it would do."""
    rota, now = importing.rota_of(request.yaml), runtime.clock.now_us()
    fingerprint = sha256_of({"rota": request.model_dump(mode="json")})
    if request.dry_run:
        with runtime.database.read() as session:
            return views.rota(session, importing.looked_at(runtime, session, rota, now_us=now))
    with runtime.database.write() as session:

        def work() -> RotaAnswer:
            warnings = importing.put_in_force(runtime, session, rota, actor=Actor.of(found.person), now_us=now)
            return views.rota(session, warnings)

        return once(runtime, session, caller=found, key=key, fingerprint=fingerprint, model=RotaAnswer, work=work)


@router.post("/preview", operation_id="previewDuty", responses=_CHANGE)
def preview(request: PreviewEdit, found: Member, runtime: RuntimeOf) -> PreviewAnswer:
    """What an override, a swap, leave or a sick note would do to the rota; refused where the act itself would be."""
    with runtime.database.read() as session:
        seen = previewing.look(runtime, session, person=found.person, request=request, now_us=runtime.clock.now_us())
        return PreviewAnswer(
            gained=views.shifts(session, seen.gained),
            lost=views.shifts(session, seen.lost),
            called=[
                CalledView(
                    shift=views.shifts(session, [shift])[0],
                    person=None if taken is None else views.person(session, taken.person),
                )
                for shift, taken in seen.called
            ],
            warnings=views.findings(session, seen.warnings, current.rota(session).zone),
        )


@router.get("/overrides", operation_id="listOverrides", responses=_READ)
def list_overrides(_found: Reader, runtime: RuntimeOf) -> OverridesAnswer:
    """Overrides that are not over."""
    return views.overrides(runtime, now_us=runtime.clock.now_us())


@router.post("/overrides", operation_id="putOverride", status_code=201, responses=_CHANGE)
def put_override(request: PutOverride, found: Editor, runtime: RuntimeOf, key: IdempotencyKey = None) -> OverrideAnswer:
    """Put somebody at a seat for a while."""
    fingerprint, now = sha256_of({"override": request.model_dump(mode="json")}), runtime.clock.now_us()
    with runtime.database.write() as session:

        def work() -> OverrideAnswer:
            row, edit = changes.put_override(runtime, session, person=found.person, request=request, now_us=now)
            return _override(session, row, edit)

        return once(runtime, session, caller=found, key=key, fingerprint=fingerprint, model=OverrideAnswer, work=work)


@router.post("/overrides/{override_id}", operation_id="actOnOverride", responses=_CHANGE)
def act_on_override(override_id: Number, request: OverrideAct, found: Actor_, runtime: RuntimeOf) -> OverrideAnswer:
    """Answer a call to stand in, or take an override back."""
    now = runtime.clock.now_us()
    act = changes.act_on_override if request.action == "withdraw" else sickness.answer
    with runtime.database.write() as session:
        row, edit = act(runtime, session, person=found.person, override_id=override_id, request=request, now_us=now)
        return _override(session, row, edit)


@router.get("/swaps", operation_id="listSwaps", responses=_READ)
def list_swaps(_found: Reader, runtime: RuntimeOf) -> SwapsAnswer:
    """Swaps that are not over."""
    return views.swaps(runtime, now_us=runtime.clock.now_us())


@router.post("/swaps", operation_id="offerSwap", status_code=201, responses=_CHANGE)
def offer_swap(request: OfferSwap, found: Actor_, runtime: RuntimeOf, key: IdempotencyKey = None) -> SwapAnswer:
    """Offer one's own shift; it takes the other's acceptance and the shift lead's approval."""
    fingerprint, now = sha256_of({"swap": request.model_dump(mode="json")}), runtime.clock.now_us()
    with runtime.database.write() as session:

        def work() -> SwapAnswer:
            row = changes.offer_swap(runtime, session, person=found.person, request=request, now_us=now)
            return SwapAnswer(swap=views.swap(session, row), warnings=[])

        return once(runtime, session, caller=found, key=key, fingerprint=fingerprint, model=SwapAnswer, work=work)


@router.post("/swaps/{swap_id}", operation_id="actOnSwap", responses=_CHANGE)
def act_on_swap(swap_id: Number, request: SwapAct, found: Actor_, runtime: RuntimeOf) -> SwapAnswer:
    """Accept or decline, approve, withdraw."""
    now = runtime.clock.now_us()
    with runtime.database.write() as session:
        row, edit = changes.act_on_swap(runtime, session, person=found.person, swap_id=swap_id, request=request, now_us=now)
        warnings = [] if edit is None else views.findings(session, edit.warnings, current.rota(session).zone)
        return SwapAnswer(swap=views.swap(session, row), warnings=warnings)


@router.get("/leave", operation_id="listLeave", responses=_READ)
def list_leave(found: Member, runtime: RuntimeOf) -> LeavesAnswer:
    """One's own leave; everybody's for those who edit the rota."""
    return views.leaves(runtime, person=found.person, now_us=runtime.clock.now_us())


@router.post("/leave", operation_id="askLeave", status_code=201, responses=_CHANGE)
def ask_leave(request: AskLeave, found: Actor_, runtime: RuntimeOf, key: IdempotencyKey = None) -> LeaveAnswer:
    """Ask for leave or training; it counts when somebody else approves it."""
    fingerprint, now = sha256_of({"leave": request.model_dump(mode="json")}), runtime.clock.now_us()
    with runtime.database.write() as session:

        def work() -> LeaveAnswer:
            row = changes.ask_leave(session, person=found.person, request=request, now_us=now)
            return LeaveAnswer(leave=views.leave(session, row), standing_in=[], warnings=[])

        return once(runtime, session, caller=found, key=key, fingerprint=fingerprint, model=LeaveAnswer, work=work)


@router.post("/leave/import", operation_id="importLeave", responses=_CHANGE)
def import_leave(request: ImportLeave, found: Actor_, runtime: RuntimeOf) -> LeaveImportAnswer:
    """Ask for the leave that a calendar file holds; the same file twice asks once."""
    now = runtime.clock.now_us()
    entries = importing_leave.entries_of(runtime, request)
    with runtime.database.write() as session:
        done = importing_leave.import_leave(session, person=found.person, request=request, entries=entries, now_us=now)
        listed = [views.leave(session, row) for row in done.leave]
        return LeaveImportAnswer(read=done.read, new=len(done.leave), known=done.known, outside=done.outside, leave=listed)


@router.post("/leave/{leave_id}", operation_id="actOnLeave", responses=_CHANGE)
def act_on_leave(leave_id: Number, request: LeaveAct, found: Actor_, runtime: RuntimeOf) -> LeaveAnswer:
    """Approve, refuse, withdraw."""
    now = runtime.clock.now_us()
    with runtime.database.write() as session:
        row, edit = changes.act_on_leave(runtime, session, person=found.person, leave_id=leave_id, request=request, now_us=now)
        warnings = [] if edit is None else views.findings(session, edit.warnings, current.rota(session).zone)
        return LeaveAnswer(leave=views.leave(session, row), standing_in=[], warnings=warnings)


@router.post("/sick", operation_id="reportSick", status_code=201, responses=_CHANGE)
def report_sick(request: ReportSick, found: Actor_, runtime: RuntimeOf, key: IdempotencyKey = None) -> LeaveAnswer:
    """Cannot come: somebody stands in at once and has 15 minutes to answer."""
    fingerprint, now = sha256_of({"sick": request.model_dump(mode="json")}), runtime.clock.now_us()
    with runtime.database.write() as session:

        def work() -> LeaveAnswer:
            row, called, edit = sickness.report(runtime, session, person=found.person, request=request, now_us=now)
            return LeaveAnswer(
                leave=views.leave(session, row),
                standing_in=[views.override(session, each) for each in called],
                warnings=views.findings(session, edit.warnings, current.rota(session).zone),
            )

        return once(runtime, session, caller=found, key=key, fingerprint=fingerprint, model=LeaveAnswer, work=work)


@router.post("/holidays/compare", operation_id="compareHolidays", responses=_CHANGE)
def compare_holidays(request: CheckHolidays, _found: Editor, runtime: RuntimeOf) -> HolidaysAnswer:
    """Where a calendar file of holidays differs from the signed calendar, which it does not change."""
    return importing_leave.compare_holidays(runtime, request)


@router.get("/hand-overs", operation_id="listHandOvers", responses=_READ)
def list_hand_overs(found: Member, runtime: RuntimeOf) -> HandOversAnswer:
    """The newest hand-overs (bàn giao ca trực)."""
    return views.hand_overs(runtime, person=found.person)


@router.post("/hand-overs", operation_id="draftHandOver", status_code=201, responses=_CHANGE)
def draft_hand_over(request: DraftHandOver, found: Actor_, runtime: RuntimeOf, key: IdempotencyKey = None) -> HandOverView:
    """Collect what is open for whoever follows; both sign it."""
    fingerprint, now = sha256_of({"hand_over": request.model_dump(mode="json")}), runtime.clock.now_us()
    with runtime.database.write() as session:

        def work() -> HandOverView:
            row = handing_over.draft(runtime, session, caller=found, request=request, now_us=now)
            return views.hand_over(session, row)

        return once(runtime, session, caller=found, key=key, fingerprint=fingerprint, model=HandOverView, work=work)


@router.post("/hand-overs/{hand_over_id}", operation_id="signHandOver", responses=_CHANGE)
def sign_hand_over(hand_over_id: Number, request: SignHandOver, found: Signer, runtime: RuntimeOf) -> HandOverView:
    """Sign exactly what was read, or withdraw it."""
    now = runtime.clock.now_us()
    with runtime.database.write() as session:
        row = handing_over.act(session, person=found.person, hand_over_id=hand_over_id, request=request, now_us=now)
        return views.hand_over(session, row)


@router.get("/feeds", operation_id="listDutyFeeds", responses=_READ)
def list_feeds(found: Reader, runtime: RuntimeOf) -> FeedsAnswer:
    """One's own calendar addresses, without their tokens."""
    return FeedsAnswer(feeds=[views.feed(row) for row in feeds.own(runtime, person=found.person)])


@router.post("/feeds", operation_id="makeDutyFeed", status_code=201, responses=_CHANGE)
def make_feed(request: MakeFeed, found: Annotated[Caller, Depends(may_change(Right.DUTY_READ))], runtime: RuntimeOf) -> NewFeed:
    """A calendar address. Its token is shown this once; whoever has it reads the shifts and nothing else."""
    with runtime.database.write() as session:
        row, token = feeds.make(session, person=found.person, request=request, now_us=runtime.clock.now_us())
        path = f"/board/{token}" if row.kind == "board" else f"/api/v1/duty/feeds/{token}.ics"
        return NewFeed(feed=views.feed(row), path=path)


@router.post("/feeds/{feed_id}/revoke", operation_id="revokeDutyFeed", responses=_CHANGE)
def revoke_feed(feed_id: Number, found: Annotated[Caller, Depends(may_change(Right.DUTY_READ))], runtime: RuntimeOf) -> FeedView:
    """The address leads nowhere from now on."""
    with runtime.database.write() as session:
        return views.feed(feeds.revoke(session, person=found.person, feed_id=feed_id, now_us=runtime.clock.now_us()))


@router.get(
    "/feeds/{token}.ics",
    operation_id="readDutyFeed",
    response_class=Response,
    responses={200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}, **problem_responses(404, 422)},
)
def read_feed(token: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{32,64}$")], runtime: RuntimeOf) -> Response:
    """The calendar file of an address (RFC 5545). Without a session: calendars cannot log in."""
    body = feeds.read(runtime, token=token, now_us=runtime.clock.now_us())
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Response(body, media_type="text/calendar; charset=utf-8", headers={"ETag": etag, "Cache-Control": "private, no-cache"})


def _override(session: Session, row: DutyOverride, edit: edits.Edit) -> OverrideAnswer:
    warnings = views.findings(session, edit.warnings, current.rota(session).zone)
    return OverrideAnswer(override=views.override(session, row), warnings=warnings)
