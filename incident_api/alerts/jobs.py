"""What happens to groups by the clock: suppressions end, what is only registered is closed, and what was left lying comes back.

Each function is a line of the job table. A group is one transition with its own record; a chunk is one transaction, and what
somebody changed meanwhile is read again inside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from incident_api.alerts import assigning, transition
from incident_api.alerts.models import Note, TransitionRecord, TriageGroup
from incident_api.alerts.states import Action, State
from incident_api.notifications import outbox, words
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.clock import MICROSECONDS

_CHUNK = 50
_MINUTE_US = 60 * MICROSECONDS
_DRAWN = 100
#: What an authority wrote is read by people, whatever its level.
_WARNING = "khien.warning"


def end_suppressions(runtime: Runtime, now_us: int) -> str:
    """A7: what was suppressed until now is new again; its hits are in it."""
    actor = Actor.job("suppressions")

    def end(session: Session, group: TriageGroup) -> bool:
        if group.suppressed_until_us is None or group.suppressed_until_us > now_us:
            return False
        act = transition.Act(Action.UNSUPPRESS, group.version, reason="suppression_over")
        transition.by_job(runtime, session, group, actor=actor, act=act, now=now_us)
        return True

    where = (TriageGroup.state == State.SUPPRESSED) & (TriageGroup.suppressed_until_us <= now_us)
    return f"{_each(runtime, where, end)} suppressions over"


def register(runtime: Runtime, now_us: int) -> str:
    """A9: what the rules only register is closed. Replays are looked at by people; of the rest a part is, drawn by hash."""
    rules, actor = runtime.policy.policy.alerts, Actor.job("register")
    if not rules.registered:
        return "0 registered"

    def close(session: Session, group: TriageGroup) -> bool:
        rule = rules.register_rule(level=list(Level)[group.severity - 1], tags=group.tags)
        is_for_people = group.is_returned or _WARNING in group.tags
        if group.state != State.NEW or rule is None or is_for_people or is_sampled(group.id, percent=rules.sample_percent):
            return False
        act = transition.Act(Action.REGISTER, group.version, verdict="registered", reason=f"policy:{rule.id}")
        transition.by_job(runtime, session, group, actor=actor, act=act, now=now_us)
        return True

    levels = {level.severity for rule in rules.registered for level in rule.when.levels}
    where = (
        (TriageGroup.state == State.NEW)
        & TriageGroup.is_open
        & TriageGroup.dataset_kind.in_(("live", "exercise"))
        & TriageGroup.severity.in_(levels)
    )
    return f"{_each(runtime, where, close)} registered"


def is_sampled(group_id: str, *, percent: int) -> bool:
    """Whether people look at it although the rules only register it: the same group, the same answer, on every machine."""
    drawn = int.from_bytes(hashlib.sha256(f"sample\n{group_id}".encode()).digest()[:8], "big")
    return drawn % _DRAWN < percent


def remind(runtime: Runtime, now_us: int) -> str:
    """A3: whoever took something and left it is reminded once, and then it goes to somebody else."""
    rules, actor = runtime.policy.policy.alerts.reminders, Actor.job("ack-reminder")
    counted = {"reminded": 0, "given": 0}

    def look(session: Session, group: TriageGroup) -> bool:
        if group.state != State.TAKEN:
            return False
        seen = _last_sign(session, group)
        if group.reminded_us is None or group.reminded_us <= seen:
            if now_us - seen < rules.minutes[list(Level)[group.severity - 1]] * _MINUTE_US:
                return False
            due_us = now_us + rules.silence_minutes * _MINUTE_US
            outbox.put(runtime, session, _reminder(runtime, group, due_us=due_us, now_us=now_us), now_us=now_us)
            group.reminded_us = now_us
            counted["reminded"] += 1
        elif now_us - group.reminded_us >= rules.silence_minutes * _MINUTE_US:
            act = transition.Act(Action.HAND_OVER, group.version, reason="left_lying")
            transition.by_job(runtime, session, group, actor=actor, act=act, now=now_us)
            counted["given"] += 1
        return True

    soonest = now_us - min(rules.minutes.values()) * _MINUTE_US
    where = (
        (TriageGroup.state == State.TAKEN)
        & TriageGroup.is_open
        & (TriageGroup.dataset_kind != "import")
        & (TriageGroup.taken_us <= soonest)
    )
    _each(runtime, where, look)
    return f"{counted['reminded']} reminded, {counted['given']} assigned anew"


def _each(runtime: Runtime, where: ColumnElement[bool], work: Callable[[Session, TriageGroup], bool]) -> int:
    done = 0
    for ids in _chunks(runtime, where):
        with runtime.database.write() as session:
            groups = session.scalars(select(TriageGroup).where(TriageGroup.id.in_(ids), where).order_by(TriageGroup.id)).all()
            done += sum([work(session, group) for group in groups])
    return done


def _chunks(runtime: Runtime, where: ColumnElement[bool]) -> Iterator[Sequence[str]]:
    last = ""
    while True:
        with runtime.database.read() as session:
            query = select(TriageGroup.id).where(where, TriageGroup.id > last).order_by(TriageGroup.id).limit(_CHUNK)
            ids = session.scalars(query).all()
        if not ids:
            return
        yield ids
        last = ids[-1]


def _last_sign(session: Session, group: TriageGroup) -> int:
    """When somebody last did anything about it: an act or a note."""
    acted = session.scalar(select(func.max(TransitionRecord.at_us)).where(TransitionRecord.group_id == group.id))
    written = session.scalar(select(func.max(Note.at_us)).where(Note.group_id == group.id))
    return max(group.taken_us or 0, acted or 0, written or 0)


def _reminder(runtime: Runtime, group: TriageGroup, *, due_us: int, now_us: int) -> outbox.Notice:
    level = list(Level)[group.severity - 1]
    level_vi, level_en = words.LEVELS[level]
    return outbox.Notice(
        key=f"reminder/{group.id}/{now_us}",
        subject=f"group/{group.id}",
        template="alert_reminder",
        recipient=group.assignee,
        channel="app",
        urgency="M1" if level is Level.CRITICAL else "normal",
        values={
            "group": group.id,
            "title_vi": group.title_vi,
            "title_en": group.title_en,
            "level_vi": level_vi,
            "level_en": level_en,
            "due": words.moment(due_us),
        },
        tlp=assigning.tlp_of(runtime, group, policy=runtime.policy),
        simulated=group.dataset_kind == "exercise",
    )
