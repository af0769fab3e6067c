"""What escalating a group would do, in words: nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from incident_api.alerts import guards, transition, views
from incident_api.alerts.models import TriageGroup
from incident_api.alerts.queue import visible_group
from incident_api.alerts.schemas import EscalationPreview
from incident_api.alerts.states import Action
from incident_api.assignments import explaining
from incident_api.coordination.explanation import DECIDED_BY, ROLES, STEPS
from incident_api.escalation import by_hand, chain
from incident_api.escalation.obligation_steps import party_text
from incident_api.http.schemas import LocalText
from incident_api.notifications import outbox, words
from incident_api.people import service as people
from incident_api.people.models import PersonRow
from incident_api.runtime import Runtime
from khien.alert import Level

if TYPE_CHECKING:
    from incident_api.http.identity import Caller


def preview(runtime: Runtime, *, caller: Caller, group_id: str) -> EscalationPreview:
    """Raises the refusal that the act would meet."""
    now = runtime.clock.now_us()
    with runtime.database.read() as session:
        group = visible_group(session, caller=caller, group_id=group_id)
        attempt = guards.Attempt(person=caller.person, now_us=now, note="…")
        refused = transition.refusal(session, group, attempt=attempt, action=Action.ESCALATE, version=None)
        if refused is not None:
            raise refused
        plan = by_hand.planned(runtime, session, group, actor=caller.person.id, now_us=now)
        return _view(runtime, session, group, plan)


def _view(runtime: Runtime, session: Session, group: TriageGroup, plan: by_hand.Plan) -> EscalationPreview:
    policy = runtime.policy
    names = people.briefs(session, {plan.assignee, *plan.told})
    level = list(Level)[group.severity - 1]
    level_vi, level_en = words.LEVELS[level]
    whom = _whom(runtime, plan.step.tell)
    decision = plan.decision
    reason = None if decision is None else explaining.of_decision(policy, decision, rota_version=plan.rota_version)
    passed = [plan.steps[number] for number in plan.passed]
    return EscalationPreview.model_validate(
        {
            "version": group.version,
            "to": names[plan.assignee],
            "is_unattended": decision is not None and decision.is_unattended,
            "step": plan.number,
            "whom": whom,
            "rule": {
                "id": f"acknowledge.{level.value}.{plan.number}",
                "text": {
                    "vi": f"Cảnh báo mức {level_vi}: bậc {plan.number} của thang chuyển cấp là “{whom.vi}”",
                    "en": f"Severity {level_en}: step {plan.number} of the ladder is “{whom.en}”",
                },
                "basis": {"id": plan.run.basis, **policy.policy.bases[plan.run.basis].model_dump()},
            },
            "rules": [] if reason is None else [views.matched_rule(each, reason) for each in reason["rules"]],
            "decided_by": None if decision is None else views.text_of(DECIDED_BY, decision.decided_by),
            "passed": [_whom(runtime, step.tell) for step in passed if isinstance(step, chain.Notify)],
            "notices": [_notice(runtime, session, group, plan, recipient=each) for each in plan.told],
            "acknowledge_due_us": plan.due_us,
            "follows": None if plan.follows is None else _whom(runtime, (plan.follows[0],)),
            "follows_us": None if plan.follows is None else plan.follows[1],
            "rota_version": plan.rota_version,
        }
    )


def _notice(runtime: Runtime, session: Session, group: TriageGroup, plan: by_hand.Plan, *, recipient: str) -> dict[str, object]:
    row = session.get(PersonRow, recipient)
    # A party has no page: what is meant for the page goes by its first channel.
    channel = "first" if plan.step.channel == "app" and row is None else plan.step.channel
    state = outbox.first_state(runtime, channel=channel, simulated=group.dataset_kind == "exercise")
    brief = None if row is None else people.brief(row)
    return {
        "recipient": recipient,
        "person": brief,
        "name": _whom(runtime, (recipient,)) if brief is None else brief.name,
        "channel": channel,
        "state": state.value,
    }


def _whom(runtime: Runtime, tell: tuple[str, ...]) -> LocalText:
    """Whom a step names, in words: a rung, a role, a party."""
    found = [_name(runtime, each) for each in tell]
    return LocalText(vi=", ".join(each.vi for each in found), en=", ".join(each.en for each in found))


def _name(runtime: Runtime, name: str) -> LocalText:
    for table in (STEPS, ROLES):
        if name in table:
            return views.text_of(table, name)
    return LocalText.model_validate(party_text(runtime.policy.policy, name).model_dump())
