"""The deadline of an alert: one that nobody takes goes up the ladder (response design, sections 8 and 9).

A run keeps the chain as it was when the alert arrived, with every step's due time. Starting, stopping and firing happen in the
transaction of the act that causes them, so that nobody is told of an alert that was taken. Imports start no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
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
    run = planned(runtime, session, group, now_us=now_us)
    if run is not None:
        runs.start_all(session, [run])
        tell_first(runtime, session, group, run, now_us=now_us, inform=inform)


def planned(runtime: Runtime, session: Session, group: TriageGroup, *, now_us: int) -> EscalationRun | None:
    """The clock that begins now, not yet written. None: it owes nothing."""
    if group.dataset_kind == "import" or not group.stands:
        group.acknowledge_due_us = None
        return None
    group.acknowledge_due_us, steps = _times(runtime, session, severity=group.severity, now_us=now_us)
    return runs.made(
        subject=subject_of(group.id),
        steps=steps,
        due_us=group.acknowledge_due_us,
        basis=runtime.policy.policy.acknowledge_basis,
        now_us=now_us,
    )


def tell_first(
    runtime: Runtime,
    session: Session,
    group: TriageGroup,
    run: EscalationRun,
    *,
    now_us: int,
    inform: tuple[str, ...],
    later: list[Callable[[], None]] | None = None,
) -> None:
    """What a clock says when it begins. The run has its number; else the notices wait in `later` until it has."""
    first, tell = chain.Fired(0, 0, ()), _at_once if later is None else later.append
    for person in recipients.on_duty(runtime, session, inform, now_us=now_us):
        tell(partial(_tell, runtime, session, group, run, fired=first, person=person, channel="app", now_us=now_us, is_new=True))
    if run.next_due_us is not None and run.next_due_us <= now_us:
        fire(runtime, session, group, run, now_us=now_us, is_new=True, later=later)


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
    runs.stop_all(session, [subject_of(each) for each in group_ids], now_us=now_us)


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


def restore(session: Session, before: dict[str, Any] | None, *, group: TriageGroup, acted_us: int, now_us: int) -> None:
    """The clock as it was before the act of that moment: a newer one ends, the old one runs on, what it was to tell waits again."""
    told = outbox.withdrawn(session, [subject_of(group.id)], at_us=acted_us)
    stop(session, group, now_us=now_us)
    restore_all(session, [] if before is None else [before])
    outbox.put_back(session, told, now_us=now_us)


def withdrawn_by(session: Session, acts: Mapping[int, Sequence[str]]) -> list[int]:
    """The notices of groups that acts withdrew, by the moment of the act."""
    return [
        notice
        for at_us, group_ids in acts.items()
        for notice in outbox.withdrawn(session, [subject_of(each) for each in group_ids], at_us=at_us)
    ]


def fire(
    runtime: Runtime,
    session: Session,
    group: TriageGroup,
    run: EscalationRun,
    *,
    now_us: int,
    is_new: bool = False,
    later: list[Callable[[], None]] | None = None,
) -> None:
    """Do what is due. After an outage only the highest missed step fires; the ones below are noted as skipped.

    `is_new`: the run began in this transaction. `later`: where notices wait until it has its number.
    """
    steps = runs.steps_of(run)
    fired = runs.take(run, chain.Facts(runtime.policy.policy.calendar, hits_of(session, group)), now_us=now_us, steps=steps)
    if fired is None:
        return
    number = fired.step
    step = steps[number]
    assert isinstance(step, chain.Notify), "only who is told is fired"
    was_assignee = group.assignee
    people, tell = _reached(runtime, session, group, step, now_us=now_us), _at_once if later is None else later.append
    for person in people:
        tell(
            partial(
                _tell, runtime, session, group, run, fired=fired, person=person, channel=step.channel, now_us=now_us, is_new=is_new
            )
        )
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


def _at_once(notice: Callable[[], None]) -> None:
    notice()


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


def _times(runtime: Runtime, session: Session, *, severity: int, now_us: int) -> tuple[int, tuple[chain.ChainStep, ...]]:
    """Deadline and chain of what begins now: reckoned once a transaction."""
    known: dict[tuple[str, int, int], tuple[int, tuple[chain.ChainStep, ...]]] = session.info.setdefault("times", {})
    key = (runtime.policy.sha256, severity, now_us)
    if key not in known:
        deadline = runtime.policy.policy.deadlines[list(Level)[severity - 1]]
        known[key] = (due(runtime, deadline, now_us=now_us, minutes=deadline.minutes), _chain(runtime, deadline, now_us=now_us))
    return known[key]


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
