"""Incidents as the page and scripts read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import ColumnElement, Integer, case, exists, func, or_, select
from sqlalchemy.orm import Session

from incident_api.alerts import views as alert_views
from incident_api.alerts.models import TriageGroup
from incident_api.alerts.queue import visible as visible_groups
from incident_api.alerts.views import text_of
from incident_api.assignments import incidents as assignments
from incident_api.clocks import service as clocks
from incident_api.coordination import vocabulary, words
from incident_api.coordination.explanation import DECIDED_BY
from incident_api.coordination.organisation import Text
from incident_api.coordination.policy import Policy
from incident_api.coordination.service import pinned
from incident_api.http.schemas import LocalText
from incident_api.incidents import duties, offering
from incident_api.incidents.models import (
    Approval,
    Incident,
    IncidentLink,
    IncidentRevision,
    IncidentTransition,
    IncidentUnit,
    Obligation,
    ordinal_of,
)
from incident_api.incidents.schemas import (
    ApprovalView,
    BasisView,
    IncidentAssignmentsAnswer,
    IncidentAssignmentView,
    IncidentDetail,
    IncidentRow,
    IncidentsAnswer,
    IncidentTransitionView,
    LinkedGroup,
    LinkedGroupsAnswer,
    MissingAnswer,
    ObligationView,
    ReasonView,
    RevisionView,
    SeverityView,
)
from incident_api.incidents.states import ENDED
from incident_api.incidents.visibility import visible, visible_incident
from incident_api.people import service as people
from incident_api.people.person import Person
from incident_api.people.schemas import PersonBrief
from incident_api.runtime import Runtime
from khien.text import fold

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

_LISTED = 200
Only = Literal["overdue", "goes_on"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which incidents, as the list filters them."""

    states: Sequence[str] = ()
    severities: Sequence[str] = ()
    dataset_kind: str = "live"
    unit: str | None = None
    assignee: str | None = None
    only: Sequence[Only] = ()
    words: str | None = None


def listed(runtime: Runtime, *, caller: Caller, wanted: Wanted, after: str | None, limit: int) -> IncidentsAnswer:
    """Newest first, by keyset over the number."""
    with runtime.database.read() as session:
        where = [visible(caller), *_conditions(wanted)]
        total = session.scalar(select(func.count()).select_from(Incident).where(*where)) or 0
        query = select(Incident).where(*where)
        if after is not None:
            query = query.where(Incident.ordinal < ordinal_of(after))
        found = session.scalars(query.order_by(Incident.ordinal.desc()).limit(limit + 1)).all()
        shown = found[:limit]
        return IncidentsAnswer(rows=rows(session, shown), total=total, next=shown[-1].id if len(found) > limit else None)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [Incident.dataset_kind == wanted.dataset_kind]
    if wanted.states:
        where.append(Incident.state.in_(wanted.states))
    if "goes_on" in wanted.only:
        where.append(Incident.state.not_in([each.value for each in ENDED]))
    if wanted.severities:
        where.append(Incident.severity.in_(wanted.severities))
    if wanted.assignee is not None:
        where.append(Incident.assignee == wanted.assignee)
    if wanted.unit is not None:
        of_unit = (IncidentUnit.incident_id == Incident.id) & (IncidentUnit.kind == "unit") & (IncidentUnit.value == wanted.unit)
        where.append(exists().where(of_unit))
    if "overdue" in wanted.only:
        late = (Obligation.incident_id == Incident.id) & (Obligation.state == duties.State.OVERDUE)
        where.append(exists().where(late))
    if wanted.words:
        pattern = "%" + fold(wanted.words).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        where.append(or_(Incident.search_text.like(pattern, escape="\\"), Incident.id == wanted.words.strip().upper()))
    return where


def detail(runtime: Runtime, *, caller: Caller, incident_id: str) -> IncidentDetail:
    """The incident, or 404 when it does not exist for this person."""
    with runtime.database.read() as session:
        return of(runtime, session, visible_incident(session, caller=caller, incident_id=incident_id), caller=caller)


def of(runtime: Runtime, session: Session, incident: Incident, *, caller: Caller) -> IncidentDetail:
    """An incident that this person may see."""
    policy = pinned(runtime, session, incident.policy_sha256)
    approvals = session.scalars(
        select(Approval).where(Approval.incident_id == incident.id).order_by(Approval.id.desc()).limit(_LISTED)
    ).all()
    transitions = session.scalars(
        select(IncidentTransition)
        .where(IncidentTransition.incident_id == incident.id)
        .order_by(IncidentTransition.id.desc())
        .limit(_LISTED)
    ).all()
    wanted = {each.first for each in approvals} | {each.second for each in approvals if each.second}
    wanted |= {each.actor for each in transitions} | {each.second for each in transitions if each.second}
    revisions = session.scalars(
        select(IncidentRevision)
        .where(IncidentRevision.incident_id == incident.id)
        .order_by(IncidentRevision.number.desc())
        .limit(_LISTED)
    ).all()
    wanted |= {each.actor for each in revisions}
    names = people.briefs(session, wanted)
    groups = session.scalars(
        select(IncidentLink.group_id).where(IncidentLink.incident_id == incident.id, IncidentLink.unlinked_us.is_(None))
    )
    return IncidentDetail(
        row=rows(session, [incident])[0],
        policy=f"{policy.id} {policy.version} {incident.policy_sha256[:16]}",
        tags=incident.tags,
        assets=incident.assets,
        facts=incident.facts,
        groups=list(groups),
        occurred_us=incident.occurred_us,
        personal_data_us=incident.personal_data_us,
        recovered_us=incident.recovered_us,
        closed_us=incident.closed_us,
        is_owing=incident.is_owing,
        merged_into=incident.merged_into,
        reopened=incident.reopened,
        tlp=incident.tlp,
        pap=incident.pap,
        severity=_severity(policy, incident),
        clocks=clocks.of_incident(runtime, session, incident),
        obligations=[_obligation(policy, incident, each, person=caller.person) for each in duties.of(session, incident)],
        approvals=[_approval(runtime, session, policy, each, names, caller=caller) for each in approvals],
        transitions=[_transition(each, names) for each in transitions],
        revisions=[_revision(each, names) for each in revisions],
        actions=offering.moves(session, incident, person=caller.person, policy=policy),
        orders=offering.orders(incident, person=caller.person),
    )


def rows(session: Session, found: Sequence[Incident]) -> list[IncidentRow]:
    """As the list shows them."""
    names = people.briefs(session, {each.assignee for each in found})
    undone = Obligation.state.in_(duties.UNDONE)
    late = func.sum(case((Obligation.state == duties.State.OVERDUE, 1), else_=0)).cast(Integer)
    counted = session.execute(
        select(Obligation.incident_id, func.min(Obligation.due_us), late)
        .where(Obligation.incident_id.in_([each.id for each in found]), undone)
        .group_by(Obligation.incident_id)
    )
    due = {incident: (next_due, overdue) for incident, next_due, overdue in counted}
    return [
        IncidentRow.model_validate(
            {
                "id": each.id,
                "version": each.version,
                "title": each.title,
                "dataset": each.dataset,
                "state": each.state,
                "severity": each.severity,
                "category": each.category,
                "type": each.type,
                "flags": each.flags,
                "units": each.units,
                "assignee": names[each.assignee],
                "opened_us": each.opened_us,
                "detected_us": each.detected_us,
                "next_due_us": due.get(each.id, (None, 0))[0],
                "overdue": due.get(each.id, (None, 0))[1],
            }
        )
        for each in found
    ]


def assignments_of(runtime: Runtime, *, caller: Caller, incident_id: str) -> IncidentAssignmentsAnswer:
    """Every handler with the stored reason; the texts are those of then."""
    with runtime.database.read() as session:
        incident = visible_incident(session, caller=caller, incident_id=incident_id)
        found = assignments.of(session, incident.id)[:_LISTED]
        named = [each.explanation[name] for each in found for name in ("by", "previous") if name in each.explanation]
        names = people.briefs(session, {*named, *(each.person for each in found)})
    return IncidentAssignmentsAnswer(
        assignments=[
            IncidentAssignmentView(
                id=each.id,
                at_us=each.at_us,
                person=names[each.person],
                cause=each.cause,
                by=names.get(each.explanation.get("by", "")),
                previous=names.get(each.explanation.get("previous", "")),
                reason=each.explanation.get("reason"),
                lead=LocalText.model_validate(each.explanation["lead_text"]),
                decided_by=text_of(DECIDED_BY, each.explanation["decided_by"]),
                is_unattended=each.explanation["is_unattended"],
                explanation=each.explanation,
            )
            for each in found
        ]
    )


def groups_of(runtime: Runtime, *, caller: Caller, incident_id: str) -> LinkedGroupsAnswer:
    """The groups of an incident; one outside the person's units does not exist for them."""
    with runtime.database.read() as session:
        incident = visible_incident(session, caller=caller, incident_id=incident_id)
        query = (
            select(TriageGroup, IncidentLink)
            .join(IncidentLink, IncidentLink.group_id == TriageGroup.id)
            .where(IncidentLink.incident_id == incident.id, IncidentLink.unlinked_us.is_(None), visible_groups(caller))
            .order_by(IncidentLink.id.desc())
            .limit(_LISTED)
        )
        found = session.execute(query).all()
        shown = alert_views.rows(session, [group for group, _ in found], now_us=runtime.clock.now_us())
        names = people.briefs(session, {link.linked_by for _, link in found})
        return LinkedGroupsAnswer(
            groups=[
                LinkedGroup(row=row, linked_us=link.linked_us, linked_by=names[link.linked_by])
                for row, (_, link) in zip(shown, found, strict=True)
            ]
        )


def vocabulary_of(runtime: Runtime, *, caller: Caller, incident_id: str) -> vocabulary.PolicyVocabulary:
    """The names of the policy that the incident was opened under."""
    with runtime.database.read() as session:
        incident = visible_incident(session, caller=caller, incident_id=incident_id)
        return vocabulary.of(pinned(runtime, session, incident.policy_sha256))


def _severity(policy: Policy, incident: Incident) -> SeverityView:
    kept = incident.assessment
    return SeverityView.model_validate(
        {
            "severity": incident.severity,
            "rule": kept["rule"],
            "reasons": [ReasonView.model_validate(each) for each in kept["rules"]],
            "could_raise": [MissingAnswer(rule=each["rule"], facts=list(each["facts"])) for each in kept["could_raise"]],
            "lead": incident.lead,
            "lead_text": _local(policy.leads[incident.lead]),
            "joins": list(kept["joins"]),
        }
    )


def _obligation(policy: Policy, incident: Incident, row: Obligation, *, person: Person) -> ObligationView:
    rule = policy.obligations.rule(row.code)
    basis = {"status": policy.status_of(rule), "text": _local(policy.basis_text(rule))}
    return ObligationView.model_validate(
        {
            "id": row.id,
            "code": row.code,
            "text": _local(rule.text),
            "recipient": row.recipient,
            "recipient_text": _local(words.recipient(policy, row.recipient)),
            "occurrence": row.occurrence,
            "state": row.state,
            "means": rule.means,
            "start_us": row.start_us,
            "due_us": row.due_us,
            "born_overdue": row.born_overdue,
            # A state secret never enters a message: it only asks for contact (coordination design, section 5).
            "is_contact_only": policy.obligations.contact_only_flag in incident.flags,
            "sent_us": row.sent_us,
            "sent_to": row.sent_to,
            "immediate_us": row.immediate_us,
            "approve_by_us": row.approve_by_us,
            "approved_us": row.approved_us,
            "approved_by": row.approved_by,
            "ended_us": row.ended_us,
            "receipt": row.receipt,
            "reason": row.reason,
            "basis": BasisView.model_validate(basis),
            "actions": offering.settling(incident, row, person=person, policy=policy),
        }
    )


def _approval(
    runtime: Runtime, session: Session, policy: Policy, row: Approval, names: dict[str, PersonBrief], *, caller: Caller
) -> ApprovalView:
    act = policy.approvals.acts[row.act]
    now = runtime.clock.now_us()
    answers, refusal = offering.answering(session, row, person=caller.person, policy=policy, now_us=now)
    return ApprovalView.model_validate(
        {
            "id": row.id,
            "act": row.act,
            "text": _local(act.text),
            "state": row.state,
            "asked": row.asked,
            "first": names[row.first],
            "second": names[row.second] if row.second else None,
            "second_roles": sorted({*act.first, *act.second}),
            "asked_us": row.asked_us,
            "expires_us": row.expires_us,
            "ended_us": row.ended_us,
            "reason": row.reason,
            "answers": answers,
            "refusal": refusal,
        }
    )


def _revision(row: IncidentRevision, names: dict[str, PersonBrief]) -> RevisionView:
    return RevisionView.model_validate(
        {
            "number": row.number,
            "at_us": row.at_us,
            # A job has no account; a revision is a person's word or follows from one.
            "actor": names.get(row.actor) or PersonBrief(id=row.actor, name=LocalText(vi=row.actor, en=row.actor), home=""),
            "severity": row.severity,
            "facts": row.facts,
            "flags": row.flags,
            "reason": row.reason,
        }
    )


def _transition(row: IncidentTransition, names: dict[str, PersonBrief]) -> IncidentTransitionView:
    return IncidentTransitionView.model_validate(
        {
            "number": row.number,
            "action": row.action,
            "from_state": row.from_state,
            "to_state": row.to_state,
            "at_us": row.at_us,
            "actor": names[row.actor],
            "second": names[row.second] if row.second else None,
            "fields": row.fields,
        }
    )


def _local(text: Text) -> LocalText:
    return LocalText(vi=text.vi, en=text.en)
