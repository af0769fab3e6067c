"""Up the ladder before its time, because a person says so: the next step of the clock that leads above those who have it.

What will happen is `planned` by the same rules that the clock follows, shown, and then carried out: nothing is told twice, the
steps after it keep their times. Of a group that somebody had taken the clock runs anew from the step that was reached.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from incident_api.alerts import assigning
from incident_api.alerts.models import TriageGroup
from incident_api.coordination import assignment
from incident_api.duty.current import roster
from incident_api.escalation import chain, recipients, runs, service
from incident_api.escalation.models import EscalationRun
from incident_api.notifications import outbox
from incident_api.people.models import PersonRow
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.errors import KhienError

TEMPLATE = "alert_escalated"
#: Where a role stands on the ladder; an analyst stands below it.
_ROLE_RANK = {"irt.shift_lead": 2, "irt.deputy": 3, "irt.leader": 4}
_STEP_RANK = {"assignee": 0, "next_on_duty": 1, "shift_lead": 2, "leader": 4}
#: As much of a reason as a notice carries; the whole stands in the history.
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Plan:
    """What the next step does: who has the group then, who is told, by which channel, and what follows when nobody takes it.

    `decision`: by which rules of assignment somebody was found. `passed`: steps that lead nowhere above those who have it.
    """

    run: EscalationRun
    number: int
    step: chain.Notify
    assignee: str
    told: tuple[str, ...]
    passed: tuple[int, ...]
    excluded: tuple[str, ...]
    decision: assignment.Decision | None
    rota_version: str
    steps: tuple[chain.ChainStep, ...]
    due_us: int
    follows: tuple[str, int] | None


def planned(runtime: Runtime, session: Session, group: TriageGroup, *, actor: str, now_us: int) -> Plan:
    """The next step that leads above whoever has the group and whoever asks. Raises `alert.no_ladder` or `alert.ladder_ended`."""
    run = service.current(session, group.id)
    if run is None:
        raise KhienError("alert.no_ladder", group=group.id)
    steps = runs.steps_of(run)
    facts = chain.Facts(runtime.policy.policy.calendar, service.hits_of(session, group))
    excluded = tuple(dict.fromkeys((group.assignee, actor)))
    rank = max(_rank(session, each) for each in excluded)
    passed: list[int] = []
    for number in chain.ahead(steps, run.step, facts, now_us=now_us):
        step = steps[number]
        assert isinstance(step, chain.Notify), "only who is told lies ahead"
        reached = _reached(runtime, session, group, step, rank=rank, excluded=excluded, now_us=now_us)
        if reached is None:
            passed.append(number)
            continue
        assignee, told, decision = reached
        is_held = group.taken_us is not None
        times = _anew(runtime, group, steps, number=number, now_us=now_us) if is_held else steps
        due_us = _deadline(runtime, group, 1, now_us=now_us) if is_held else run.due_us
        return Plan(
            run=run,
            number=number,
            step=step,
            assignee=assignee,
            told=told,
            passed=tuple(passed),
            excluded=excluded,
            decision=decision,
            rota_version=roster(runtime, session).version,
            steps=times,
            due_us=due_us,
            follows=_follows(times, number, now_us=now_us),
        )
    raise KhienError("alert.ladder_ended", group=group.id)


def carry_out(runtime: Runtime, session: Session, group: TriageGroup, *, actor: str, reason: str, now_us: int) -> Plan:
    """Do what is planned, in the transaction of the act."""
    plan = planned(runtime, session, group, actor=actor, now_us=now_us)
    if plan.decision is not None:
        assigning.assign(runtime, session, group, cause="escalated", now_us=now_us, excluded=plan.excluded)
    elif plan.assignee != group.assignee:
        assigning.name(runtime, session, group, person=plan.assignee, cause="escalated", now_us=now_us)
    run = _run_on(session, group, plan, now_us=now_us)
    person = session.get_one(PersonRow, actor)
    for recipient in plan.told:
        notice = service.notice_of(
            runtime,
            group,
            # Not the key of the clock: what is taken back is told again when its time comes.
            key=f"escalate/{group.id}/{group.version}/{plan.number}",
            template=TEMPLATE,
            recipient=recipient,
            channel=plan.step.channel,
            due_us=run.due_us,
            more={"person_vi": person.name_vi, "person_en": person.name_en, "reason": _cut(reason)},
        )
        outbox.put(runtime, session, notice, now_us=now_us)
    return plan


def _reached(
    runtime: Runtime,
    session: Session,
    group: TriageGroup,
    step: chain.Notify,
    *,
    rank: int,
    excluded: tuple[str, ...],
    now_us: int,
) -> tuple[str, tuple[str, ...], assignment.Decision | None] | None:
    """Who has it then, who is told, and by which decision; None: nobody above those who have it."""
    whom = step.tell[0]
    if whom in _STEP_RANK and _STEP_RANK[whom] <= rank:
        return None
    if whom == "next_on_duty":
        policy = runtime.policy
        inputs = assigning.gather(runtime, session, group, policy=policy, now_us=now_us, excluded=excluded)
        decision = assignment.decide(policy.policy, inputs)
        return None if decision.person in excluded else (decision.person, (decision.person,), decision)
    if whom in service.LADDER:
        person = service.on_ladder(runtime, session, whom, now_us=now_us)
        return None if person is None or person in excluded else (person, (person,), None)
    told = recipients.reached(runtime, session, step.tell, assignee=group.assignee, now_us=now_us)
    others = tuple(each for each in told if each not in excluded)
    return (group.assignee, others, None) if others else None


def _rank(session: Session, person: str) -> int:
    row = session.get(PersonRow, person)
    return max((_ROLE_RANK.get(role, 0) for role in row.roles), default=0) if row is not None else 0


def _anew(
    runtime: Runtime, group: TriageGroup, steps: tuple[chain.ChainStep, ...], *, number: int, now_us: int
) -> tuple[chain.ChainStep, ...]:
    """The chain of a group that somebody had: whoever gets it has the time that its level gives, and so has each after them."""
    behind = 0
    found: list[chain.ChainStep] = []
    for place, step in enumerate(steps):
        if not isinstance(step, chain.Notify) or step.due_us is None:
            found.append(step)
            continue
        behind += place > number
        at_us = now_us if place == number else _deadline(runtime, group, behind, now_us=now_us) if place > number else step.due_us
        found.append(step.model_copy(update={"due_us": at_us}))
    return tuple(found)


def _deadline(runtime: Runtime, group: TriageGroup, times: int, *, now_us: int) -> int:
    deadline = runtime.policy.policy.deadlines[list(Level)[group.severity - 1]]
    return service.due(runtime, deadline, now_us=now_us, minutes=deadline.minutes * times)


def _follows(steps: tuple[chain.ChainStep, ...], number: int, *, now_us: int) -> tuple[str, int] | None:
    """Who comes next when nobody takes it, where the chain says when; waits and conditions decide by themselves."""
    after = steps[number + 1] if number + 1 < len(steps) else None
    if not isinstance(after, chain.Notify):
        return None
    return after.tell[0], max(now_us, after.due_us or now_us)


def _run_on(session: Session, group: TriageGroup, plan: Plan, *, now_us: int) -> EscalationRun:
    """The clock goes on behind the step that was taken."""
    run = plan.run
    if group.taken_us is not None:
        run = runs.start(
            session, subject=service.subject_of(group.id), steps=plan.steps, due_us=plan.due_us, basis=run.basis, now_us=now_us
        )
        run.attempt = plan.run.attempt
        group.acknowledge_due_us = plan.due_us
    after = plan.number + 1
    has_more = after < len(plan.steps)
    following = plan.steps[after] if has_more else None
    own_us = following.due_us if isinstance(following, chain.Notify) else None
    run.step, run.version = after, run.version + 1
    run.next_due_us = max(now_us, own_us or now_us) if has_more else None
    run.state = service.RUNNING if has_more else service.EXHAUSTED
    session.flush()
    return run


def _cut(reason: str) -> str:
    return reason if len(reason) <= _SHOWN else reason[: _SHOWN - 1] + "…"
