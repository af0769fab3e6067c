"""What each transition does to a group besides its state: assignee, clock, incident, suppression, verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from incident_api.alerts import assigning, linking, suppression
from incident_api.alerts.chunk import Chunk
from incident_api.alerts.models import TransitionRecord, TriageGroup
from incident_api.alerts.states import Action
from incident_api.escalation import by_hand
from incident_api.escalation import service as escalation
from incident_api.people.person import Actor
from incident_api.runtime import Runtime

#: Columns that undo gives back.
RESTORED = (
    "state",
    "is_open",
    "collects",
    "verdict",
    "assignee",
    "is_unattended",
    "is_returned",
    "taken_us",
    "closed_us",
    "suppressed_until_us",
    "acknowledge_due_us",
)


@dataclass(frozen=True, slots=True)
class Act:
    """What is asked for. `version` is the one that was seen."""

    action: Action
    version: int
    verdict: str | None = None
    reason: str | None = None
    receiver: str | None = None
    incident: str | None = None
    scope: str | None = None
    until_us: int | None = None

    @classmethod
    def link(cls, group: TriageGroup, *, incident: str) -> Act:
        """Of a group as it stands, to the incident that is being opened from it."""
        return cls(Action.LINK, group.version, incident=incident)


@dataclass(frozen=True, slots=True)
class Work:
    """One transition under way: who, what, when, and what a bulk act has read ahead."""

    runtime: Runtime
    session: Session
    actor: Actor
    act: Act
    now: int
    chunk: Chunk | None = None
    #: What an effect adds to the audit record.
    more: dict[str, Any] = field(default_factory=dict)

    def stop_clock(self, group: TriageGroup) -> None:
        """No further notice: at once, or with the others of the chunk in the same transaction."""
        if self.chunk is None:
            escalation.stop(self.session, group, now_us=self.now)
        else:
            self.chunk.stop(group)


def apply(work: Work, group: TriageGroup) -> None:
    """Do what the action of this work does."""
    _EFFECTS[work.act.action](work, group)


def undo(work: Work, group: TriageGroup, last: TransitionRecord) -> None:
    """Give back what the last transition found."""
    assert last.before is not None  # the guard has looked
    for name in RESTORED:
        if name in last.before:
            setattr(group, name, last.before[name])
    if "collects" not in last.before:
        # A record of before there was a difference.
        group.collects = last.before["is_open"]
    if work.chunk is None:
        escalation.restore(work.session, last.before["run"], group=group, acted_us=last.at_us, now_us=work.now)
    else:
        work.chunk.restore(group, last.before["run"], acted_us=last.at_us)
    undone = _UNDONE.get(Action(last.action))
    if undone is not None:
        undone(work, group)


def assign_afresh(work: Work, group: TriageGroup) -> None:
    """It stands again as if it had just come, and says that it did not."""
    group.verdict, group.closed_us, group.taken_us, group.is_returned = None, None, None, True
    if work.chunk is None:
        work.session.flush()
    decision = assigning.assign(work.runtime, work.session, group, cause="reopened", now_us=work.now)
    _start_clock(work, group, inform=decision.inform)


def _take(work: Work, group: TriageGroup) -> None:
    group.taken_us, group.is_unattended = work.now, False
    work.stop_clock(group)
    if group.assignee != work.actor.id:
        assigning.name(work.runtime, work.session, group, person=work.actor.id, cause="taken", now_us=work.now)


def _hand_over(work: Work, group: TriageGroup) -> None:
    """To somebody, or to the rules: whoever gives it back, or left it lying, is not given it again at once."""
    left = group.assignee if work.actor.capacity is None else work.actor.id
    group.taken_us, group.is_unattended = None, False
    work.stop_clock(group)
    inform: tuple[str, ...] = ()
    if work.act.receiver is None:
        decision = assigning.assign(work.runtime, work.session, group, cause="returned", now_us=work.now, excluded=(left,))
        inform = decision.inform
    else:
        assigning.name(work.runtime, work.session, group, person=work.act.receiver, cause="handed_over", now_us=work.now)
    _start_clock(work, group, inform=inform)


def _escalate(work: Work, group: TriageGroup) -> None:
    """To whom the rules would send it next; whoever that is has to take it."""
    plan = by_hand.carry_out(
        work.runtime,
        work.session,
        group,
        actor=work.actor.id,
        reason=work.act.reason or "",
        now_us=work.now,
    )
    group.taken_us, group.is_unattended = None, plan.decision is not None and plan.decision.is_unattended
    work.more.update(step=plan.number, told=list(plan.told), passed=list(plan.passed))


def _link(work: Work, group: TriageGroup) -> None:
    """The work goes on in the incident; the group keeps its assignee, and collects what else comes."""
    assert work.act.incident is not None  # the guard has found it
    group.is_unattended = False
    work.stop_clock(group)
    if work.chunk is not None:
        linking.add(work.session, group, incident_id=work.act.incident, actor=work.actor, now=work.now)
        work.chunk.link(group, work.act.incident)
        return
    linking.join(work.runtime, work.session, group, incident_id=work.act.incident, actor=work.actor, now=work.now)


def _unlink(work: Work, group: TriageGroup) -> None:
    linking.part(work.runtime, work.session, group, actor=work.actor, reason=work.act.reason, now=work.now)
    _take(work, group)


def _suppress(work: Work, group: TriageGroup) -> None:
    act = work.act
    assert act.until_us is not None  # the guard has looked
    group.is_unattended = False
    work.stop_clock(group)
    suppression.begin(
        work.session,
        group,
        person=work.actor.id,
        reason=act.reason,
        scope=act.scope or "thing",
        until_us=act.until_us,
        now=work.now,
    )


def _unsuppress(work: Work, group: TriageGroup) -> None:
    suppression.end(work.session, group, now=work.now)
    assign_afresh(work, group)


def _close(work: Work, group: TriageGroup) -> None:
    group.verdict, group.closed_us, group.is_unattended = work.act.verdict, work.now, False
    work.stop_clock(group)


def _start_clock(work: Work, group: TriageGroup, *, inform: tuple[str, ...]) -> None:
    if work.chunk is None:
        escalation.start(work.runtime, work.session, group, now_us=work.now, inform=inform)
    else:
        work.chunk.start(work.runtime, group, inform=inform)


_EFFECTS: dict[Action, Callable[[Work, TriageGroup], None]] = {
    Action.TAKE: _take,
    Action.HAND_OVER: _hand_over,
    Action.ESCALATE: _escalate,
    Action.LINK: _link,
    Action.UNLINK: _unlink,
    Action.SUPPRESS: _suppress,
    Action.UNSUPPRESS: _unsuppress,
    Action.CLOSE: _close,
    Action.REGISTER: _close,
    Action.REOPEN: assign_afresh,
}


def _unlinked(work: Work, group: TriageGroup) -> None:
    if work.chunk is not None:
        work.chunk.part(group)
        return
    linking.part(work.runtime, work.session, group, actor=work.actor, reason=None, now=work.now)


def _linked_again(work: Work, group: TriageGroup) -> None:
    linking.join_again(work.runtime, work.session, group, actor=work.actor, now=work.now)


def _unsuppressed(work: Work, group: TriageGroup) -> None:
    if work.chunk is not None:
        work.chunk.unsuppress(group)
        return
    suppression.end(work.session, group, now=work.now)


def _suppressed_again(work: Work, group: TriageGroup) -> None:
    suppression.begin_again(work.session, group)


_UNDONE: dict[Action, Callable[[Work, TriageGroup], None]] = {
    Action.LINK: _unlinked,
    Action.UNLINK: _linked_again,
    Action.SUPPRESS: _unsuppressed,
    Action.UNSUPPRESS: _suppressed_again,
}
