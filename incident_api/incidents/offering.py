"""What somebody may do with an incident now: the page offers this and nothing it guessed.

Each answer asks the same guards that carry the act out; what was offered can still be refused when the case has changed since.
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy.orm import Session

from incident_api.coordination import approvals as approval_rules
from incident_api.coordination.policy import Policy
from incident_api.http.schemas import LocalText
from incident_api.incidents import approvals, duties, sending, transition
from incident_api.incidents.models import Approval, Incident, Obligation
from incident_api.incidents.orders import Move
from incident_api.incidents.schemas import OfferedAct, OfferedOrder
from incident_api.incidents.states import ENDED, TABLE, Action, Row
from incident_api.people.models import PersonRow
from incident_api.people.person import Person
from incident_api.people.rights import Right
from khien.errors import KhienError

#: Who may ask for any change at all (`acts.perform`).
_ACTS = frozenset({Right.INCIDENTS_HANDLE, Right.APPROVALS_GIVE, Right.PAP_LIFT})
#: Which field answers which guard; `evidence` may also be the reason why there is none.
_ASKED = {"incident.type_required": "type", "incident.evidence_first": "evidence", "incident.operator_agrees": "operator"}
#: The target is the person's to choose: no guard can judge it before.
_LATER = frozenset({"incident.bad_target", "incident.target_ended"})

Settling = Literal["tell", "fulfil", "waive", "approve_notice"]
Answering = Literal["grant", "deny", "withdraw"]


def moves(session: Session, incident: Incident, *, person: Person, policy: Policy) -> list[OfferedAct]:
    """What the table allows now, with the fields to fill and what still stands against it."""
    if not person.rights & _ACTS:
        return []
    return [
        found
        for row in TABLE
        if row.action is not Action.OPEN and (found := _move(session, incident, row, person=person, policy=policy)) is not None
    ]


def _move(session: Session, incident: Incident, row: Row, *, person: Person, policy: Policy) -> OfferedAct | None:
    asks: list[str] = []
    order = Move(action=row.action, version=max(1, incident.version), fields=dict.fromkeys(row.required, "–"))
    refused = transition.refusal(session, incident, person=person, order=order, policy=policy)
    two = transition.two_party_act(incident, order)
    speaks = two is not None and approval_rules.may_speak(policy.approvals, two, person.roles)
    if refused is not None and refused.code == "session.forbidden" and not speaks:
        return None
    if incident.state not in row.sources:
        return None
    if refused is not None and (field := _ASKED.get(refused.code)) is not None:
        asks, refused = [field], None
    if refused is not None and (refused.code in _LATER or refused.code == "session.forbidden"):
        refused = None
    if refused is None and two is not None and not speaks:
        act = policy.approvals.acts[two]
        refused = KhienError("approval.wrong_roles", act=two, first=", ".join(act.first), second=", ".join(act.second))
    return OfferedAct(
        action=row.action, required=list(row.required), asks=asks, two=two is not None, refusal=_text(refused) if refused else None
    )


def orders(incident: Incident, *, person: Person) -> list[OfferedOrder]:
    """Changes beside the table; an incident that has ended takes none of them."""
    if incident.state in ENDED:
        return []
    found: list[OfferedOrder] = []
    if Right.INCIDENTS_HANDLE in person.rights:
        found += [OfferedOrder(kind="revise"), OfferedOrder(kind="move_clock")]
        if incident.assignee == person.id or Right.ALERTS_ASSIGN in person.rights:
            found.append(OfferedOrder(kind="assign"))
        if incident.dataset_kind == "import" and not incident.is_owing:
            found.append(OfferedOrder(kind="promote"))
    if person.rights & {Right.INCIDENTS_HANDLE, Right.PAP_LIFT}:
        found.append(OfferedOrder(kind="mark"))
    return found


def settling(incident: Incident, row: Obligation, *, person: Person, policy: Policy) -> list[Settling]:
    """What this person may do about one obligation; what nobody sent yet is confirmed only by who may send it."""
    if not person.rights & _ACTS:
        return []
    found: list[Settling] = []
    may_send = sending.refusal(incident, row, person=person) is None
    if row.state in {duties.State.PENDING, duties.State.OVERDUE} and may_send:
        found.append("tell")
    if row.state in duties.UNDONE and (may_send if row.sent_us is None else Right.INCIDENTS_HANDLE in person.rights):
        found.append("fulfil")
    if row.approve_by_us is not None and row.approved_us is None and Right.INCIDENTS_LEAD in person.rights:
        found.append("approve_notice")
    if row.state in duties.UNDONE and approval_rules.may_speak(policy.approvals, "waive", person.roles):
        found.append("waive")
    return found


def answering(
    session: Session, row: Approval, *, person: Person, policy: Policy, now_us: int
) -> tuple[list[Answering], LocalText | None]:
    """What this person may answer to one approval, and why they may not grant it."""
    if row.state != approvals.State.HALF or row.expires_us <= now_us or Right.APPROVALS_GIVE not in person.rights:
        return [], None
    if row.first == person.id:
        return ["withdraw"], None
    first = Person.of(session.get_one(PersonRow, row.first))
    one = approval_rules.Party(first.id, first.roles, row.first_home)
    other = approval_rules.Party(person.id, person.roles, person.home)
    refused = approval_rules.refusal(policy.approvals, row.act, one, other)
    found: list[Answering] = [] if refused is not None else ["grant"]
    if approval_rules.may_speak(policy.approvals, row.act, person.roles):
        found.append("deny")
    return found, _text(refused) if refused else None


def _text(error: KhienError) -> LocalText:
    return LocalText(vi=error.whole("vi"), en=error.whole("en"))
