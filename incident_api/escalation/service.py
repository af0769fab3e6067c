"""The deadline of an alert: one that nobody takes goes up the ladder (response design, sections 8 and 9).

A run keeps the chain as it was when the alert arrived, with every step's due time. Starting, stopping and firing happen in the
transaction of the act that causes them, so that nobody is told of an alert that was taken. Imports start no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session

from incident_api.alerts import assigning
from incident_api.alerts.models import StoredAlert, TriageGroup
from incident_api.alerts.states import State
from incident_api.audit import service as audit
from incident_api.coordination.policy import Deadline
from incident_api.escalation import chain, recipients, runs
from incident_api.escalation.models import EscalationRun
from incident_api.notifications import outbox, words
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from incident_api.stream import service as stream
from khien.alert import Level
from khien.clock import MICROSECONDS

RUNNING, STOPPED, EXHAUSTED = runs.RUNNING, runs.STOPPED, runs.EXHAUSTED
_MINUTE_US = 60 * MICROSECONDS
#: Steps that hand the alert over to whoever is on duty in the role.
LADDER = {"shift_lead": "irt.shift_lead", "leader": "irt.leader"}
URGENCIES: dict[Level, outbox.Urgency] = {
    Level.LOW: "normal",
    Level.MEDIUM: "normal",
    Level.HIGH: "high",
    Level.CRITICAL: "M1",
}


def start(runtime: Runtime, session: Session, group: TriageGroup, *, now_us: int, inform: tuple[str, ...] = ()) -> None:
    """Start the clock of a group and tell its assignee. An import owes nothing, nor does a group where nothing stands."""
    run = begin(runtime, session, group, now_us=now_us)
    if run is not None:
        session.flush()
        tell_first(runtime, session, group, run, now_us=now_us, inform=inform)


def begin(runtime: Runtime, session: Session, group: TriageGroup, *, now_us: int, is_first: bool = False) -> EscalationRun | None:
    """The clock alone. `is_first`: the group is new, so that nothing ran for it; then the run is not written yet."""
    if group.dataset_kind == "import" or not group.stands:
        group.acknowledge_due_us = None
        return None
    policy = runtime.policy.policy
    deadline = policy.deadlines[list(Level)[group.severity - 1]]
    group.acknowledge_due_us = due(runtime, deadline, now_us=now_us, minutes=deadline.minutes)
    return runs.start(
        session,
        subject=subject_of(group.id),
        steps=_chain(runtime, deadline, now_us=now_us),
        due_us=group.acknowledge_due_us,
        basis=policy.acknowledge_basis,
        now_us=now_us,
        is_first=is_first,
    )


def tell_first(
    runtime: Runtime, session: Session, group: TriageGroup, run: EscalationRun, *, now_us: int, inform: tuple[str, ...]
) -> None:
    """What a clock says when it begins; the run has its number."""
    first = chain.Fired(0, 0, ())
    for person in recipients.on_duty(runtime, session, inform, now_us=now_us):
        _tell(runtime, session, group, run, fired=first, person=person, channel="app", now_us=now_us, is_new=True)
    if run.next_due_us is not None and run.next_due_us <= now_us:
        fire(runtime, session, group, run, now_us=now_us, is_new=True)


def stop(session: Session, group: TriageGroup, *, now_us: int | None = None) -> None:
    """Taken, linked, suppressed or closed: no further notice, and none that waits to be sent, in the same transaction."""
    runs.stop(session, subject_of(group.id), now_us=now_us)


def subject_of(group_id: str) -> str:
    """How runs and notices name a group."""
    return f"group/{group_id}"


def current(session: Session, group_id: str) -> EscalationRun | None:
    """The newest run of a group."""
    return runs.current(session, subject_of(group_id))


def ahead(run: EscalationRun) -> tuple[str, int] | None:
    """Whom the next step tells, and when; None when no step follows that tells anybody."""
    if run.state != RUNNING or run.next_due_us is None:
        return None
    step = runs.steps_of(run)[run.step]
    return (step.tell[0], run.next_due_us) if isinstance(step, chain.Notify) else None


def goes_on(run: EscalationRun) -> bool:
    """Whether any step is left that tells somebody, whatever its conditions say now."""
    return any(isinstance(step, chain.Notify) for step in runs.steps_of(run)[run.step :])


def snapshot(session: Session, group: TriageGroup) -> dict[str, Any] | None:
    """What undo needs to let the clock run on."""
    run = current(session, group.id)
    return (
        None
        if run is None
        else {"id": run.id, "state": run.state, "step": run.step, "attempt": run.attempt, "next_due_us": run.next_due_us}
    )


def snapshots(session: Session, group_ids: Sequence[str]) -> dict[str, dict[str, Any] | None]:
    """`snapshot` of many groups in one question."""
    subjects = {subject_of(each): each for each in group_ids}
    newest = select(func.max(EscalationRun.id)).where(EscalationRun.subject.in_(subjects)).group_by(EscalationRun.subject)
    columns = (EscalationRun.subject, EscalationRun.id, EscalationRun.state, EscalationRun.step, EscalationRun.attempt)
    found: dict[str, dict[str, Any] | None] = dict.fromkeys(group_ids)
    for subject, run, state, step, attempt, next_due_us in session.execute(
        select(*columns, EscalationRun.next_due_us).where(EscalationRun.id.in_(newest))
    ):
        found[subjects[subject]] = {"id": run, "state": state, "step": step, "attempt": attempt, "next_due_us": next_due_us}
    return found


def stop_all(session: Session, group_ids: Sequence[str], *, now_us: int) -> None:
    """`stop` for many groups."""
    if not group_ids:
        return
    subjects = [subject_of(each) for each in group_ids]
    session.execute(
        update(EscalationRun)
        .where(EscalationRun.subject.in_(subjects), EscalationRun.state == RUNNING)
        .values(state=STOPPED, version=EscalationRun.version + 1)
    )
    outbox.withdraw_all(session, subjects, now_us=now_us)


def restore_all(session: Session, before: Sequence[dict[str, Any]]) -> None:
    """The clocks of many groups as they were, none of which was started anew since."""
    if not before:
        return
    runs_table = EscalationRun.__table__
    columns = ("state", "step", "attempt", "next_due_us")
    changed: dict[str, Any] = {column: bindparam(f"new_{column}") for column in columns} | {"version": runs_table.c.version + 1}
    statement = update(EscalationRun).where(EscalationRun.id == bindparam("run_id")).values(changed)
    rows = [{"run_id": each["id"], **{f"new_{name}": each.get(name, 0) for name in columns}} for each in before]
    session.connection().execute(statement, rows)


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
            attempt=before.get("attempt", 0),
            next_due_us=before["next_due_us"],
            version=EscalationRun.version + 1,
        )
    )


def fire(runtime: Runtime, session: Session, group: TriageGroup, run: EscalationRun, *, now_us: int, is_new: bool = False) -> None:
    """Do what is due. After an outage only the highest missed step fires; the ones below are noted as skipped.

    `is_new`: the run began in this transaction.
    """
    fired = runs.take(run, chain.Facts(runtime.policy.policy.calendar, hits_of(session, group)), now_us=now_us)
    if fired is None:
        return
    number = fired.step
    step = runs.steps_of(run)[number]
    assert isinstance(step, chain.Notify), "only who is told is fired"
    was_assignee = group.assignee
    people = _reached(runtime, session, group, step, now_us=now_us)
    for person in people:
        _tell(runtime, session, group, run, fired=fired, person=person, channel=step.channel, now_us=now_us, is_new=is_new)
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
            after={"assignee": group.assignee, "step": number, "told": people, "skipped": list(fired.skipped)},
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


def without_clock(session: Session) -> int:
    """Groups that wait for somebody although no clock runs or has run out: there must be none."""
    covered = exists().where(
        EscalationRun.subject == literal("group/") + TriageGroup.id, EscalationRun.state.in_((RUNNING, EXHAUSTED))
    )
    waiting = select(func.count()).where(
        TriageGroup.state == State.NEW,
        TriageGroup.dataset_kind != "import",
        ~covered,
        or_(TriageGroup.withdrawn == 0, TriageGroup.alerts > TriageGroup.withdrawn + TriageGroup.superseded),
    )
    return session.scalar(waiting) or 0


def _reached(runtime: Runtime, session: Session, group: TriageGroup, step: chain.Notify, *, now_us: int) -> list[str]:
    """Whom the step reaches; from the second step on that person becomes the assignee of record."""
    whom = step.tell[0]
    if whom == "next_on_duty":
        assigning.assign(runtime, session, group, cause="not_acknowledged", now_us=now_us, excluded=(group.assignee,))
        return [group.assignee]
    if whom not in LADDER:
        return recipients.reached(runtime, session, step.tell, assignee=group.assignee, now_us=now_us)
    person = on_ladder(runtime, session, whom, now_us=now_us) or group.assignee
    if person != group.assignee:
        assigning.name(runtime, session, group, person=person, cause="not_acknowledged", now_us=now_us)
    return [person]


def on_ladder(runtime: Runtime, session: Session, whom: str, *, now_us: int) -> str | None:
    """Who stands on a rung of the ladder now: on duty in its role, else the leader on duty."""
    on_duty = recipients.on_duty(runtime, session, (LADDER[whom], "irt.leader"), now_us=now_us)
    return next((each for each in on_duty if session.get(PersonRow, each) is not None), None)


def hits_of(session: Session, group: TriageGroup) -> Callable[[int, int], int]:
    """What conditions of a chain count: hits of the group from the first to the second time."""

    def count(from_us: int, to_us: int) -> int:
        query = select(func.sum(StoredAlert.hits)).where(
            StoredAlert.group_id == group.id, StoredAlert.last_us > from_us, StoredAlert.last_us <= to_us
        )
        return session.scalar(query) or 0

    return count


def _tell(  # noqa: PLR0913 - who, what, when, and whether it can have been told before
    runtime: Runtime,
    session: Session,
    group: TriageGroup,
    run: EscalationRun,
    *,
    fired: chain.Fired,
    person: str,
    channel: outbox.Channel,
    now_us: int,
    is_new: bool = False,
) -> None:
    """One notice; the same step for the same person on the same channel is told once."""
    notice = notice_of(
        runtime,
        group,
        key=runs.key(run, fired),
        template="alert_assigned" if fired.step == 0 and fired.attempt == 0 else "alert_unanswered",
        recipient=person,
        channel=channel,
        due_us=run.due_us,
    )
    outbox.put(runtime, session, notice, now_us=now_us, is_new=is_new)


def notice_of(
    runtime: Runtime,
    group: TriageGroup,
    *,
    key: str,
    template: str,
    recipient: str,
    channel: outbox.Channel,
    due_us: int,
    more: Mapping[str, str] | None = None,
) -> outbox.Notice:
    """What is told of a group: what it is, how grave, and until when somebody is to take it."""
    level = list(Level)[group.severity - 1]
    level_vi, level_en = words.LEVELS[level]
    return outbox.Notice(
        key=key,
        subject=subject_of(group.id),
        template=template,
        recipient=recipient,
        channel=channel,
        urgency=URGENCIES[level],
        values={
            "group": group.id,
            "title_vi": group.title_vi,
            "title_en": group.title_en,
            "level_vi": level_vi,
            "level_en": level_en,
            "due": words.moment(due_us),
            **(more or {}),
        },
        tlp=assigning.tlp_of(runtime, group, policy=runtime.policy),
        simulated=group.dataset_kind == "exercise",
    )


def _chain(runtime: Runtime, deadline: Deadline, *, now_us: int) -> tuple[chain.ChainStep, ...]:
    """The steps with their times, and what the policy lets follow them."""
    timed = tuple(
        chain.Notify(
            tell=(step.notify,),
            channel=step.channel,
            due_us=due(runtime, deadline, now_us=now_us, minutes=step.after_minutes),
        )
        for step in deadline.steps
    )
    return (*timed, *deadline.then)


def due(runtime: Runtime, deadline: Deadline, *, now_us: int, minutes: int) -> int:
    """When so many minutes of the deadline's kind of time have passed."""
    if deadline.time == "wall":
        return now_us + minutes * _MINUTE_US
    return runtime.policy.policy.calendar.after_working_minutes(now_us, minutes)
