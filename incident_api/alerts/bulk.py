"""Bulk acts over a filter: previewed with the exact number, then applied to exactly those groups (UI design, section 4).

Applying works in chunks, so that nobody else waits long; each group is one transition with its own audit record. What somebody
changed since the preview is left alone and named; newcomers are counted and left alone too.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from incident_api.alerts import queue, transition, views
from incident_api.alerts.models import BulkToken, TriageGroup
from incident_api.alerts.schemas import BulkOutcome, BulkPreview, BulkPreviewRequest, BulkQuery, BulkRefusal
from incident_api.alerts.states import Action, row_of
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS
from khien.errors import KhienError
from khien.text import normalise

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

LIFE_US = 600 * MICROSECONDS
#: A guess: about a quarter of a second of writing on a small machine.
CHUNK = 50
_SAMPLE = 5


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
            )
        )
    return BulkPreview(token=token, count=len(found), expires_us=now + LIFE_US, sample=sample)


def apply(runtime: Runtime, *, caller: Caller, token: str) -> BulkOutcome:
    """Do it; the same token again gives the first outcome."""
    with runtime.database.read() as session:
        stored = session.get(BulkToken, token)
    if stored is None or stored.person != caller.person.id:
        raise KhienError("request.bulk_unknown")
    if stored.outcome is not None:
        return BulkOutcome.model_validate_json(stored.outcome)
    if runtime.clock.now_us() - stored.at_us > LIFE_US:
        raise KhienError("request.bulk_expired")
    request = BulkPreviewRequest.model_validate(stored.request)
    refused: list[BulkRefusal] = []
    for begin in range(0, len(stored.targets), CHUNK):
        refused += _chunk(runtime, caller=caller, request=request, targets=stored.targets[begin : begin + CHUNK])
    outcome = BulkOutcome(
        token=token,
        done=len(stored.targets) - len(refused),
        refused=refused,
        newcomers=_newcomers(runtime, caller=caller, request=request, stored=stored),
    )
    with runtime.database.write() as session:
        session.get_one(BulkToken, token).outcome = outcome.model_dump_json()
    return outcome


def _check(request: BulkPreviewRequest) -> None:
    """What the act needs must be there before anything is counted."""
    row = row_of(Action(request.action))
    given = {"verdict": request.verdict, "reason": request.reason}
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
        text=query.q,
    )


def _chunk(runtime: Runtime, *, caller: Caller, request: BulkPreviewRequest, targets: list[list[Any]]) -> list[BulkRefusal]:
    refused = []
    reason = normalise(request.reason) if request.reason else None
    with runtime.database.write() as session:
        for group_id, version in targets:
            act = transition.Act(
                action=Action(request.action),
                version=version,
                verdict=request.verdict,
                reason=reason,
                receiver=request.to,
            )
            try:
                # A refusal comes before anything is changed, so the others of the chunk are not touched by it.
                group = queue.visible_group(session, caller=caller, group_id=group_id)
                transition.execute(runtime, session, group, person=caller.person, act=act)
            except KhienError as error:
                refused.append(BulkRefusal(id=group_id, code=error.code, text=views.error_text(error)))
    return refused


def _newcomers(runtime: Runtime, *, caller: Caller, request: BulkPreviewRequest, stored: BulkToken) -> int:
    """Groups that match the filter now and were not in the preview."""
    if request.selection.query is None:
        return 0
    sources = [state.value for state in row_of(Action(request.action)).sources]
    known = {group_id for group_id, _version in stored.targets}
    with runtime.database.read() as session:
        now = session.scalars(select(TriageGroup.id).where(_where(request, caller=caller), TriageGroup.state.in_(sources)))
        return sum(group_id not in known for group_id in now)
