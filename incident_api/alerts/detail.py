"""One group and one alert, with everything needed to decide about them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from incident_api.alerts import foreign, guards, linking, suppression, transition, views
from incident_api.alerts.models import (
    AlertChange,
    AssignmentRecord,
    GroupLabel,
    Note,
    StoredAlert,
    TransitionRecord,
    TriageGroup,
)
from incident_api.alerts.queue import visible, visible_group
from incident_api.alerts.schemas import (
    AlertBrief,
    AlertChangeView,
    AlertDetail,
    AvailableAction,
    DeadlineView,
    GroupAlertsAnswer,
    GroupDetail,
    NoteView,
    NotificationView,
    SimilarGroup,
    SuppressionView,
    VerdictCount,
)
from incident_api.alerts.states import Action, row_of
from incident_api.clocks import service as clocks
from incident_api.coordination.explanation import STEPS
from incident_api.escalation import service as escalation
from incident_api.http.schemas import LocalText
from incident_api.incidents.models import Incident
from incident_api.incidents.visibility import visible as visible_incidents
from incident_api.notifications import history
from incident_api.notifications.models import NoticeRow
from incident_api.people import service as people
from incident_api.people.rights import Right
from incident_api.people.schemas import PersonBrief
from incident_api.runtime import Runtime
from khien.alert import Alert
from khien.clock import MICROSECONDS
from khien.errors import KhienError

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

_OfGroup = TypeVar("_OfGroup", AssignmentRecord, TransitionRecord, Note, AlertChange)
#: What one answer carries of each list; the history of an ordinary group has a handful.
_OFFERED = tuple(action for action in Action if row_of(action).right is not None)
_LISTED = 200
_SIMILAR = 20
_SHARED = 2
_SIMILAR_US = 30 * 86_400 * MICROSECONDS


def group(runtime: Runtime, *, caller: Caller, group_id: str) -> GroupDetail:
    """The group, or 404 when it does not exist for this person."""
    with runtime.database.read() as session:
        return of(runtime, session, visible_group(session, caller=caller, group_id=group_id), caller=caller)


def alert(runtime: Runtime, *, caller: Caller, alert_id: str) -> AlertDetail:
    """The whole alert with its group."""
    with runtime.database.read() as session:
        stored = session.get(StoredAlert, alert_id)
        if stored is None:
            raise KhienError("alert.not_found", object=alert_id)
        found = visible_group(session, caller=caller, group_id=stored.group_id)
        return AlertDetail(
            alert=Alert.model_validate_json(stored.document),
            received_us=stored.received_us,
            updated_us=stored.updated_us,
            group=of(runtime, session, found, caller=caller),
        )


def alerts_of_group(runtime: Runtime, *, caller: Caller, group_id: str, after: str | None, limit: int) -> GroupAlertsAnswer:
    """Newest first, by keyset."""
    with runtime.database.read() as session:
        found = visible_group(session, caller=caller, group_id=group_id)
        query = select(StoredAlert).where(StoredAlert.group_id == found.id)
        if after is not None:
            last_us, alert_id = _decoded(after)
            behind = or_(StoredAlert.last_us < last_us, and_(StoredAlert.last_us == last_us, StoredAlert.id < alert_id))
            query = query.where(behind)
        rows = session.scalars(query.order_by(StoredAlert.last_us.desc(), StoredAlert.id.desc()).limit(limit + 1)).all()
        shown = rows[:limit]
        return GroupAlertsAnswer(
            alerts=[_brief(each) for each in shown],
            total=found.alerts,
            next=_encoded(shown[-1]) if len(rows) > limit else None,
        )


def of(runtime: Runtime, session: Session, found: TriageGroup, *, caller: Caller) -> GroupDetail:
    """A group that this person may see."""
    now = runtime.clock.now_us()
    assignments = session.scalars(_newest(AssignmentRecord, found)).all()
    transitions = session.scalars(_newest(TransitionRecord, found)).all()
    notes = session.scalars(_newest(Note, found)).all()
    changes = session.scalars(_newest(AlertChange, found)).all()
    notices = history.of_subject(session, f"group/{found.id}", limit=_LISTED)
    names = _names(session, found, assignments=assignments, transitions=transitions, notes=notes, notices=notices)
    return GroupDetail(
        row=views.row(found, names=names, now_us=now),
        rule_id=found.rule_id,
        tags=found.tags,
        assets=found.assets,
        units=found.units,
        latest_alert_id=found.latest_alert_id,
        incident=_incident(session, found, caller=caller),
        taken_us=found.taken_us,
        closed_us=found.closed_us,
        assignments=[views.assignment(each, names) for each in assignments],
        transitions=[views.transition(each, names) for each in transitions],
        notes=[NoteView(id=each.id, at_us=each.at_us, author=names[each.author], text=each.text) for each in notes],
        changes=[_change(each) for each in changes],
        clocks=clocks.of_group(runtime, session, found),
        deadline=_deadline(runtime, session, found, notices=notices, names=names, now=now),
        foreign=foreign.of_group(session, found),
        suppression=_suppression(session, found, names=names),
        similar=_similar(session, found, caller=caller),
        past_verdicts=_past_verdicts(session, found, caller=caller),
        actions=_actions(session, found, caller=caller, now=now),
    )


def _newest(table: type[_OfGroup], found: TriageGroup) -> Select[_OfGroup]:
    """The newest rows of a group from one of its tables."""
    return select(table).where(table.group_id == found.id).order_by(table.id.desc()).limit(_LISTED)


def _names(
    session: Session,
    found: TriageGroup,
    *,
    assignments: Sequence[AssignmentRecord],
    transitions: Sequence[TransitionRecord],
    notes: Sequence[Note],
    notices: Sequence[NoticeRow],
) -> dict[str, PersonBrief]:
    wanted = {found.assignee}
    wanted |= {note.author for note in notes} | {notice.recipient for notice in notices}
    for transition_record in transitions:
        wanted |= {transition_record.actor, transition_record.assignee}
    for record in assignments:
        wanted |= {record.person, *(candidate["person"] for candidate in record.explanation["weighed"])}
    return people.briefs(session, wanted)


def _deadline(
    runtime: Runtime,
    session: Session,
    found: TriageGroup,
    *,
    notices: Sequence[NoticeRow],
    names: dict[str, PersonBrief],
    now: int,
) -> DeadlineView | None:
    run = escalation.current(session, found.id)
    if run is None:
        return None
    basis = runtime.policy.policy.bases.get(run.basis)
    if basis is None:
        return None
    ahead = escalation.ahead(run)
    return DeadlineView.model_validate(
        {
            "due_us": run.due_us,
            "overdue": run.state != escalation.STOPPED and now >= run.due_us,
            "state": run.state,
            "step": run.step,
            "next_step_us": ahead[1] if ahead else None,
            "next_step": views.text_of(STEPS, ahead[0]) if ahead and ahead[0] in STEPS else None,
            "basis": {"id": run.basis, **basis.model_dump()},
            "notifications": [
                NotificationView.model_validate(
                    {
                        "at_us": each.made_us,
                        "person": names[each.recipient],
                        "channel": each.channel,
                        "step": history.step_of(each),
                        "state": each.state,
                    }
                )
                for each in notices
                if each.recipient in names
            ],
        }
    )


def _similar(session: Session, found: TriageGroup, *, caller: Caller) -> list[SimilarGroup]:
    """Hints within 30 days of event time; people decide: the same thing, the same rule on one of its systems, two shared values."""
    near = TriageGroup.last_us.between(found.last_us - _SIMILAR_US, found.last_us + _SIMILAR_US)
    base = select(TriageGroup).where(
        near, TriageGroup.id != found.id, TriageGroup.dataset_kind == found.dataset_kind, visible(caller)
    )
    of_assets = select(GroupLabel.group_id).where(GroupLabel.kind == "asset", GroupLabel.value.in_(found.assets))
    # One address that a thousand groups have says nothing.
    seen = GroupLabel.kind.in_(("source", "destination")) & GroupLabel.value.in_([*found.sources, *found.destinations])
    two = func.count(func.distinct(GroupLabel.value)) >= _SHARED
    shared = select(GroupLabel.group_id).where(seen).group_by(GroupLabel.group_id).having(two)
    order = base.order_by(TriageGroup.last_us.desc()).limit(_SIMILAR)
    similar: dict[str, SimilarGroup] = {}
    for why, narrowed in (
        ("same_key", order.where(TriageGroup.triage_key == found.triage_key)),
        ("same_rule", order.where(TriageGroup.rule_id == found.rule_id, TriageGroup.id.in_(of_assets))),
        ("same_entities", order.where(TriageGroup.id.in_(shared))),
    ):
        for each in session.scalars(narrowed):
            if each.id not in similar and len(similar) < _SIMILAR:
                similar[each.id] = SimilarGroup.model_validate(
                    {
                        "id": each.id,
                        "title": LocalText(vi=each.title_vi, en=each.title_en),
                        "severity": each.severity,
                        "state": each.state,
                        "verdict": each.verdict,
                        "last_us": each.last_us,
                        "alerts": each.alerts,
                        "why": why,
                    }
                )
    return list(similar.values())


def _past_verdicts(session: Session, found: TriageGroup, *, caller: Caller) -> list[VerdictCount]:
    query = (
        select(TriageGroup.verdict, func.count())
        .where(
            TriageGroup.rule_id == found.rule_id,
            TriageGroup.verdict.is_not(None),
            TriageGroup.dataset_kind == found.dataset_kind,
            visible(caller),
        )
        .group_by(TriageGroup.verdict)
        .order_by(func.count().desc(), TriageGroup.verdict)
    )
    return [VerdictCount.model_validate({"verdict": verdict, "groups": count}) for verdict, count in session.execute(query)]


def _actions(session: Session, found: TriageGroup, *, caller: Caller, now: int) -> list[AvailableAction]:
    """What this person may do now. Fields that the person still has to fill are taken as given."""
    offered = []
    attempt = guards.Attempt(person=caller.person, now_us=now, verdict="true", note="…")
    for action in _OFFERED:
        refused = transition.refusal(session, found, attempt=attempt, action=action, version=None)
        offered.append(
            AvailableAction.model_validate(
                {
                    "action": action.value,
                    "allowed": refused is None,
                    "reason": None if refused is None else views.error_text(refused),
                }
            )
        )
    may_note = Right.ALERTS_TRIAGE in caller.person.rights
    refusal = KhienError("session.forbidden", right=Right.ALERTS_TRIAGE.value)
    offered.append(AvailableAction(action="note", allowed=may_note, reason=None if may_note else views.error_text(refusal)))
    return offered


def _suppression(session: Session, found: TriageGroup, *, names: dict[str, PersonBrief]) -> SuppressionView | None:
    row = suppression.current(session, found.id)
    if row is None:
        return None
    return SuppressionView.model_validate(
        {
            "person": names.get(row.person) or people.briefs(session, {row.person})[row.person],
            "since_us": row.at_us,
            "until_us": row.until_us,
            "scope": row.scope,
            "reason": row.reason,
            "alerts": found.alerts - row.alerts,
            "hits": found.hits - row.hits,
        }
    )


def _incident(session: Session, found: TriageGroup, *, caller: Caller) -> str | None:
    incident = linking.incident_of(session, found.id)
    if incident is None:
        return None
    return session.scalar(select(Incident.id).where(Incident.id == incident.id, visible_incidents(caller)))


def _brief(stored: StoredAlert) -> AlertBrief:
    return AlertBrief(
        id=stored.id,
        severity=stored.severity,
        first_us=stored.first_us,
        last_us=stored.last_us,
        hits=stored.hits,
        event_count=stored.event_count,
        group_values=stored.group_values,
        complete=stored.complete,
        withdrawn=stored.withdrawn,
        superseded_by=stored.superseded_by,
        amended=stored.amended,
        folded=stored.folded,
        received_us=stored.received_us,
    )


def _change(row: AlertChange) -> AlertChangeView:
    return AlertChangeView.model_validate(
        {
            "alert_id": row.alert_id,
            "at_us": row.at_us,
            "change": row.change,
            "other_alert_id": row.other_alert_id,
            "hits_before": row.hits_before,
            "hits_after": row.hits_after,
            "audit_seq": row.audit_seq,
        }
    )


def _encoded(stored: StoredAlert) -> str:
    return base64.urlsafe_b64encode(f"{stored.last_us} {stored.id}".encode()).decode()


def _decoded(text: str) -> tuple[int, str]:
    try:
        last_us, _, alert_id = base64.urlsafe_b64decode(text.encode("ascii")).decode("ascii").partition(" ")
        found = int(last_us)
    except (binascii.Error, ValueError) as error:
        raise KhienError("request.bad_cursor") from error
    # A column has 64 bits, and a text of PostgreSQL no U+0000.
    if not -(2**63) <= found < 2**63 or not alert_id.isalnum():
        raise KhienError("request.bad_cursor")
    return found, alert_id
