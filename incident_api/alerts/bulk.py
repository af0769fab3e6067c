"""Bulk acts over a filter: previewed with the exact number, then applied to exactly those groups (UI design, section 4).

Applying works in chunks, so that nobody else waits long; each group is one transition with its own audit record. What somebody
changed since the preview is left alone and named; newcomers are counted and left alone too.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from incident_api.alerts import guards, queue, transition, views
from incident_api.alerts.chunk import Chunk
from incident_api.alerts.models import BulkToken, TriageGroup
from incident_api.alerts.schemas import BulkOutcome, BulkPreview, BulkPreviewRequest, BulkQuery, BulkRefusal, BulkState, GroupRow
from incident_api.alerts.states import Action, row_of
from incident_api.incidents.visibility import visible_incident
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS
from khien.errors import KhienError
from khien.text import normalise

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

LIFE_US = 600 * MICROSECONDS
#: About a quarter of a second of writing on a small machine; nobody else writes meanwhile.
CHUNK = 250
_SAMPLE = 5
#: More rows than these no answer carries; the page reads its list again.
_ROWS = 50


def preview(runtime: Runtime, *, caller: Caller, request: BulkPreviewRequest) -> BulkPreview:
    """Fix the groups and their versions behind a token."""
    _check(request)
    now = runtime.clock.now_us()
    sources = [state.value for state in row_of(Action(request.action)).sources]
    where = _where(request, caller=caller)
    with runtime.database.read() as session:
        query = select(TriageGroup).where(where, TriageGroup.state.in_(sources)).order_by(TriageGroup.id)
        found = session.execute(query.with_only_columns(TriageGroup.id, TriageGroup.version)).all()
        sample = views.rows(session, session.scalars(query.limit(_SAMPLE)), now_us=now)
    token = secrets.token_urlsafe(24)
    with runtime.database.write() as session:
        session.execute(delete(BulkToken).where(BulkToken.at_us <= now - 24 * 6 * LIFE_US))
        session.add(
            BulkToken(
                token=token,
                person=caller.person.id,
                request=request.model_dump(),
                targets=[[group_id, version] for group_id, version in found],
                at_us=now,
                outcome=None,
                finished_us=None,
                undone=None,
                progress=None,
            )
        )
    return BulkPreview(token=token, count=len(found), expires_us=now + LIFE_US, sample=sample)


def apply(runtime: Runtime, *, caller: Caller, token: str) -> BulkOutcome:
    """Do it; the same token again gives the first outcome, and goes on where a process that ended stood."""
    stored = _own(runtime, caller=caller, token=token)
    if stored.outcome is not None:
        return BulkOutcome.model_validate_json(stored.outcome)
    if runtime.clock.now_us() - stored.at_us > LIFE_US:
        raise KhienError("request.bulk_expired")
    request = BulkPreviewRequest.model_validate(stored.request)
    act = _act_of(request)
    if request.incident is not None:
        with runtime.database.read() as session:
            visible_incident(session, caller=caller, incident_id=request.incident)
    refused = _run(runtime, caller=caller, token=token, act=act, targets=[(each[0], each[1]) for each in stored.targets])
    outcome = BulkOutcome(
        token=token,
        done=len(stored.targets) - len(refused),
        refused=refused,
        newcomers=_newcomers(runtime, caller=caller, request=request, stored=stored),
        rows=_as_they_stand(runtime, stored, caller=caller),
    )
    with runtime.database.write() as session:
        row = session.get_one(BulkToken, token)
        row.outcome, row.finished_us, row.progress = outcome.model_dump_json(), runtime.clock.now_us(), None
    return outcome


def undo(runtime: Runtime, *, caller: Caller, token: str) -> BulkOutcome:
    """Take the whole back within 60 seconds of its end, except what somebody changed since; again gives the first outcome."""
    stored = _own(runtime, caller=caller, token=token)
    if stored.undone is not None:
        return BulkOutcome.model_validate_json(stored.undone)
    if stored.outcome is None or stored.finished_us is None:
        raise KhienError("alert.nothing_to_undo")
    if stored.progress is None and runtime.clock.now_us() - stored.finished_us > guards.UNDO_SECONDS * MICROSECONDS:
        raise KhienError("alert.undo_too_late", seconds=guards.UNDO_SECONDS)
    left = {each.id for each in BulkOutcome.model_validate_json(stored.outcome).refused}
    # A group that was closed from new has made two steps; the guard compares with its last one.
    targets: list[tuple[str, int | None]] = [(each[0], None) for each in stored.targets if each[0] not in left]
    act = transition.Act(Action.UNDO, version=0)
    refused = _run(runtime, caller=caller, token=token, act=act, targets=targets, stored=stored)
    outcome = BulkOutcome(
        token=token,
        done=len(targets) - len(refused),
        refused=refused,
        newcomers=0,
        rows=_as_they_stand(runtime, stored, caller=caller),
    )
    with runtime.database.write() as session:
        row = session.get_one(BulkToken, token)
        row.undone, row.progress = outcome.model_dump_json(), None
    return outcome


def state(runtime: Runtime, *, caller: Caller, token: str) -> BulkState:
    """How far it came: read between two chunks, or long after."""
    stored = _own(runtime, caller=caller, token=token)
    progress = stored.progress or {"done": 0, "refused": []}
    outcome = BulkOutcome.model_validate_json(stored.outcome) if stored.outcome else None
    undone = BulkOutcome.model_validate_json(stored.undone) if stored.undone else None
    last = undone or outcome
    is_over = last is not None and stored.progress is None
    return BulkState(
        token=token,
        action=stored.request["action"],
        count=len(stored.targets),
        done=last.done if last is not None and is_over else progress["done"] - len(progress["refused"]),
        refused=len(last.refused) if last is not None and is_over else len(progress["refused"]),
        is_running=stored.progress is not None,
        undo_until_us=None
        if stored.finished_us is None or stored.undone is not None
        else stored.finished_us + guards.UNDO_SECONDS * MICROSECONDS,
        outcome=outcome,
        undone=undone,
    )


def _as_they_stand(runtime: Runtime, stored: BulkToken, *, caller: Caller) -> list[GroupRow]:
    """The rows of a small act, so that a page goes on with their versions."""
    if len(stored.targets) > _ROWS:
        return []
    ids = [each[0] for each in stored.targets]
    with runtime.database.read() as session:
        found = session.scalars(select(TriageGroup).where(TriageGroup.id.in_(ids), queue.visible(caller)))
        return views.rows(session, found, now_us=runtime.clock.now_us())


def _own(runtime: Runtime, *, caller: Caller, token: str) -> BulkToken:
    with runtime.database.read() as session:
        stored = session.get(BulkToken, token)
    if stored is None or stored.person != caller.person.id:
        raise KhienError("request.bulk_unknown")
    return stored


def _act_of(request: BulkPreviewRequest) -> transition.Act:
    return transition.Act(
        action=Action(request.action),
        version=0,
        verdict=request.verdict,
        reason=normalise(request.reason) if request.reason else None,
        receiver=request.to,
        incident=request.incident,
        scope=request.scope,
        until_us=request.until_us,
    )


def _run(
    runtime: Runtime,
    *,
    caller: Caller,
    token: str,
    act: transition.Act,
    targets: list[tuple[str, int | None]],
    stored: BulkToken | None = None,
) -> list[BulkRefusal]:
    """Chunk after chunk, each with how far it came in its own transaction: none is done twice, by nobody."""
    while True:
        with runtime.database.write() as session:
            row = session.get_one(BulkToken, token)
            progress = row.progress or {"done": 0, "refused": []}
            begin = progress["done"]
            if begin >= len(targets):
                return [BulkRefusal.model_validate(each) for each in progress["refused"]]
            chunk = targets[begin : begin + CHUNK]
            refused = _chunk(runtime, session, caller=caller, act=act, targets=chunk, stored=stored)
            row.progress = {
                "done": begin + len(chunk),
                "refused": [*progress["refused"], *(each.model_dump() for each in refused)],
            }


def _chunk(
    runtime: Runtime,
    session: Session,
    *,
    caller: Caller,
    act: transition.Act,
    targets: list[tuple[str, int | None]],
    stored: BulkToken | None,
) -> list[BulkRefusal]:
    ids = [group_id for group_id, _version in targets]
    query = select(TriageGroup).where(TriageGroup.id.in_(ids), queue.visible(caller))
    groups = {group.id: group for group in session.scalars(query)}
    chunk = Chunk.ahead(session, list(groups.values()), now_us=runtime.clock.now_us())
    refused = []
    for group_id, version in targets:
        group = groups.get(group_id)
        try:
            # A refusal comes before anything is changed, so the others of the chunk are not touched by it.
            _one(runtime, session, group, caller=caller, act=replace(act, version=version or 0), chunk=chunk, stored=stored)
        except KhienError as error:
            refused.append(BulkRefusal(id=group_id, code=error.code, text=views.error_text(error)))
    chunk.finish(runtime, actor=Actor.of(caller.person))
    return refused


def _one(
    runtime: Runtime,
    session: Session,
    group: TriageGroup | None,
    *,
    caller: Caller,
    act: transition.Act,
    chunk: Chunk,
    stored: BulkToken | None,
) -> None:
    if group is None:
        raise KhienError("alert.not_found", object="–")
    acted_us = None
    if stored is not None:
        _refuse_changed(group, chunk, stored=stored)
        act, acted_us = replace(act, version=group.version), stored.finished_us
    with chunk.working_on(group):
        transition.execute(runtime, session, group, person=caller.person, act=act, chunk=chunk, acted_us=acted_us)
    chunk.moved(group)


def _refuse_changed(group: TriageGroup, chunk: Chunk, *, stored: BulkToken) -> None:
    """What the undo of a bulk act takes back is that act, and nothing that came after it."""
    last = chunk.last.get(group.id)
    is_of_it = last is not None and last.action == stored.request["action"] and last.at_us >= stored.at_us
    if not is_of_it or (stored.finished_us is not None and last is not None and last.at_us > stored.finished_us):
        raise KhienError("alert.undo_changed_since")


def _check(request: BulkPreviewRequest) -> None:
    """What the act needs must be there before anything is counted."""
    row = row_of(Action(request.action))
    given = {
        "verdict": request.verdict,
        "reason": request.reason,
        "incident": request.incident,
        "scope": request.scope,
        "until_us": request.until_us,
    }
    missing = [field for field in row.required if not given[field]]
    has_one_selection = (request.selection.ids is None) != (request.selection.query is None)
    if missing or not has_one_selection:
        raise KhienError("request.bulk_incomplete", missing=missing[0] if missing else "selection")


def _where(request: BulkPreviewRequest, *, caller: Caller) -> Any:
    if request.selection.ids is not None:
        return TriageGroup.id.in_(request.selection.ids) & queue.visible(caller)
    return queue.conditions(_filters(request.selection.query or BulkQuery()), caller=caller)


def _filters(query: BulkQuery) -> queue.Filters:
    return queue.Filters(
        tab=query.tab,
        datasets=tuple(query.dataset),
        severities=tuple(query.severity),
        states=tuple(query.state),
        lives=tuple(query.life),
        rule=query.rule,
        asset=query.asset,
        unit=query.unit,
        assignee=query.assignee,
        source=query.source,
        destination=query.destination,
        technique=query.technique,
        incident=query.incident,
        text=query.q,
        since_us=query.since_us,
        until_us=query.until_us,
        before_us=query.before_us,
    )


def _newcomers(runtime: Runtime, *, caller: Caller, request: BulkPreviewRequest, stored: BulkToken) -> int:
    """Groups that match the filter now and were not in the preview."""
    if request.selection.query is None:
        return 0
    sources = [state.value for state in row_of(Action(request.action)).sources]
    known = {group_id for group_id, _version in stored.targets}
    with runtime.database.read() as session:
        now = session.scalars(select(TriageGroup.id).where(_where(request, caller=caller), TriageGroup.state.in_(sources)))
        return sum(group_id not in known for group_id in now)
