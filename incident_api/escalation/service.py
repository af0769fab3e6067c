"""The first deadline: an alert that nobody takes goes up the ladder (response design, sections 8 and 9).

A run keeps the chain as it was when the alert arrived, with every step's due time. Starting, stopping and firing happen in the
transaction of the act that causes them, so that nobody is told of an alert that was taken. Imports start no clock.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from incident_api.alerts import assigning
from incident_api.alerts.models import TriageGroup
from incident_api.alerts.states import State
from incident_api.audit import service as audit
from incident_api.coordination.policy import Deadline, Step
from incident_api.duty.current import roster
from incident_api.escalation.models import EscalationRun
from incident_api.notifications import outbox, words
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from incident_api.stream import service as stream
from khien.alert import Level
from khien.clock import MICROSECONDS

RUNNING, STOPPED, EXHAUSTED = "running", "stopped", "exhausted"
_MINUTE_US = 60 * MICROSECONDS
_URGENCIES: dict[Level, outbox.Urgency] = {
    Level.LOW: "normal",
    Level.MEDIUM: "normal",
    Level.HIGH: "high",
    Level.CRITICAL: "M1",
}


def start(runtime: Runtime, session: Session, group: TriageGroup, *, now_us: int, inform: tuple[str, ...] = ()) -> None:
    """Start the clock of a group and tell its assignee. An import owes nothing, nor does a group where nothing stands."""
    if group.dataset_kind == "import" or not group.stands:
        group.acknowledge_due_us = None
        return
    policy = runtime.policy.policy
    deadline = policy.deadlines[list(Level)[group.severity - 1]]
    due_us = _due(runtime, deadline, now_us=now_us, minutes=deadline.minutes)
    run = EscalationRun(
        group_id=group.id,
        steps=[_snapshot(runtime, deadline, step, now_us=now_us) for step in deadline.steps],
        due_us=due_us,
        basis=policy.acknowledge_basis,
        step=0,
        next_due_us=_due(runtime, deadline, now_us=now_us, minutes=deadline.steps[0].after_minutes),
        state=RUNNING,
        version=1,
        started_us=now_us,
    )
    session.add(run)
    group.acknowledge_due_us = due_us
    session.flush()
    for person in _on_duty(runtime, session, inform, now_us=now_us):
        _tell(runtime, session, group, run, step=0, person=person, channel="app", now_us=now_us)
    if run.next_due_us is not None and run.next_due_us <= now_us:
        fire(runtime, session, group, run, now_us=now_us)


def stop(session: Session, group: TriageGroup, *, now_us: int | None = None) -> None:
    """Taken, linked, suppressed or closed: no further notice, and none that waits to be sent, in the same transaction."""
    session.execute(
        update(EscalationRun)
        .where(EscalationRun.group_id == group.id, EscalationRun.state == RUNNING)
        .values(state=STOPPED, version=EscalationRun.version + 1)
    )
    outbox.withdraw(session, f"group/{group.id}", now_us=now_us)


def current(session: Session, group_id: str) -> EscalationRun | None:
    """The newest run of a group."""
    query = select(EscalationRun).where(EscalationRun.group_id == group_id).order_by(EscalationRun.id.desc()).limit(1)
    return session.scalar(query.execution_options(populate_existing=True))


def snapshot(session: Session, group: TriageGroup) -> dict[str, Any] | None:
    """What undo needs to let the clock run on."""
    run = current(session, group.id)
    return None if run is None else {"id": run.id, "state": run.state, "step": run.step, "next_due_us": run.next_due_us}


def restore(session: Session, before: dict[str, Any] | None, *, group: TriageGroup) -> None:
    """The clock as it was: a newer one ends, the old one runs on."""
    stop(session, group)
    if before is None:
        return
    session.execute(
        update(EscalationRun)
        .where(EscalationRun.id == before["id"])
        .values(
            state=before["state"],
            step=before["step"],
            next_due_us=before["next_due_us"],
            version=EscalationRun.version + 1,
        )
    )


def claim(session: Session, run_id: int, *, version: int, now_us: int) -> EscalationRun | None:
    """Compare-and-set: of two tickers one gets the run, and a run that was stopped meanwhile nobody."""
    claimed = session.execute(
        update(EscalationRun)
        .where(
            EscalationRun.id == run_id,
            EscalationRun.version == version,
            EscalationRun.state == RUNNING,
            EscalationRun.next_due_us <= now_us,
        )
        .values(version=EscalationRun.version + 1)
        .returning(EscalationRun.id)
    ).scalar()
    return None if claimed is None else session.get_one(EscalationRun, run_id, populate_existing=True)


def fire(runtime: Runtime, session: Session, group: TriageGroup, run: EscalationRun, *, now_us: int) -> None:
    """Do what is due. After an outage only the highest missed step fires; the ones below are noted as skipped."""
    due = [number for number in range(run.step, len(run.steps)) if run.steps[number]["due_us"] <= now_us]
    if not due:
        return
    number = due[-1]
    step = run.steps[number]
    was_assignee = group.assignee
    people = _reached(runtime, session, group, run, number=number, now_us=now_us)
    for person in people:
        _tell(runtime, session, group, run, step=number, person=person, channel=step["channel"], now_us=now_us)
    is_overdue = now_us >= run.due_us
    if number > 0 or group.assignee != was_assignee or (is_overdue and not group.is_unattended):
        group.is_unattended = group.is_unattended or is_overdue
        group.version += 1
        audit.append(
            session,
            at_us=now_us,
            actor=Actor.job("escalation"),
            act="alert.escalate",
            object_name=f"group/{group.id}",
            before={"assignee": was_assignee},
            after={"assignee": group.assignee, "step": number, "told": people, "skipped": due[:-1]},
            reason="not_acknowledged",
            policy_version=runtime.policy.label,
        )
        group.stream_seq = stream.append(
            session,
            kind="group",
            object_id=group.id,
            version=group.version,
            at_us=now_us,
            units=group.units,
            keep=runtime.settings.stream_rows,
        )
    run.step = number + 1
    run.next_due_us = run.steps[run.step]["due_us"] if run.step < len(run.steps) else None
    run.state = RUNNING if run.next_due_us is not None else EXHAUSTED


def without_clock(session: Session) -> int:
    """Groups that wait for somebody although no clock runs or has run out: there must be none."""
    covered = select(EscalationRun.group_id).where(EscalationRun.state.in_((RUNNING, EXHAUSTED)))
    waiting = select(func.count()).where(
        TriageGroup.state == State.NEW,
        TriageGroup.dataset_kind != "import",
        TriageGroup.id.not_in(covered),
        or_(TriageGroup.withdrawn == 0, TriageGroup.alerts > TriageGroup.withdrawn + TriageGroup.superseded),
    )
    return session.scalar(waiting) or 0


def _reached(runtime: Runtime, session: Session, group: TriageGroup, run: EscalationRun, *, number: int, now_us: int) -> list[str]:
    """Whom the step reaches; from the second step on that person becomes the assignee of record."""
    whom = run.steps[number]["notify"]
    if whom == "assignee":
        return [group.assignee]
    if whom == "next_on_duty":
        assigning.assign(runtime, session, group, cause="not_acknowledged", now_us=now_us, excluded=(group.assignee,))
        return [group.assignee]
    role = "irt.shift_lead" if whom == "shift_lead" else "irt.leader"
    on_duty = _on_duty(runtime, session, (role,), now_us=now_us) or _on_duty(runtime, session, ("irt.leader",), now_us=now_us)
    person = next((each for each in on_duty if _exists(session, each)), group.assignee)
    if person != group.assignee:
        assigning.name(runtime, session, group, person=person, cause="not_acknowledged", now_us=now_us)
    return [person]


def _on_duty(runtime: Runtime, session: Session, roles: tuple[str, ...], *, now_us: int) -> list[str]:
    shifts = roster(runtime, session).shifts_at(now_us)
    return list(dict.fromkeys(shift.person for role in roles for shift in shifts if shift.role == role and shift.priority == 1))


def _exists(session: Session, person: str) -> bool:
    return session.get(PersonRow, person) is not None


def _tell(
    runtime: Runtime,
    session: Session,
    group: TriageGroup,
    run: EscalationRun,
    *,
    step: int,
    person: str,
    channel: outbox.Channel,
    now_us: int,
) -> None:
    """One notice; the same step for the same person on the same channel is told once."""
    level = list(Level)[group.severity - 1]
    level_vi, level_en = words.LEVELS[level]
    notice = outbox.Notice(
        key=_key(run, step),
        subject=f"group/{group.id}",
        template="alert_assigned" if step == 0 else "alert_unanswered",
        recipient=person,
        channel=channel,
        urgency=_URGENCIES[level],
        values={
            "group": group.id,
            "title_vi": group.title_vi,
            "title_en": group.title_en,
            "level_vi": level_vi,
            "level_en": level_en,
            "due": words.moment(run.due_us),
        },
        tlp=runtime.policy.policy.alert_tlp,
        simulated=group.dataset_kind == "exercise",
    )
    outbox.put(runtime, session, notice, now_us=now_us)


def _key(run: EscalationRun, step: int) -> str:
    return f"escalation/{run.id}/{step}"


def _snapshot(runtime: Runtime, deadline: Deadline, step: Step, *, now_us: int) -> dict[str, Any]:
    return {
        "notify": step.notify,
        "channel": step.channel,
        "due_us": _due(runtime, deadline, now_us=now_us, minutes=step.after_minutes),
    }


def _due(runtime: Runtime, deadline: Deadline, *, now_us: int, minutes: int) -> int:
    if deadline.time == "wall":
        return now_us + minutes * _MINUTE_US
    return runtime.policy.policy.calendar.after_working_minutes(now_us, minutes)
