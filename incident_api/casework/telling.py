"""Who is told of the work inside a case: notices through the outbox, in the transaction of the act that causes them.

A replay tells nobody by a channel that rings until a person promotes it (response design, section 8); a drill tells simulated ones.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from incident_api.alerts.models import TriageGroup
from incident_api.casework.models import Comment, Countermeasure, Task
from incident_api.incidents.models import Incident
from incident_api.notifications import outbox, words
from incident_api.notifications.outbox import Channel, Notice, Urgency
from incident_api.people.models import PersonRow
from incident_api.people.person import Person
from incident_api.runtime import Runtime
from khien.clock import CITY_ZONE, MICROSECONDS

#: As much of a comment as a notice quotes.
_QUOTED = 300
_URGENCIES: dict[str | None, Urgency] = {"M1": "M1", "M2": "high"}


def mentioned(runtime: Runtime, session: Session, subject: Incident | TriageGroup, comment: Comment, *, author: Person) -> None:
    """Everybody whom the comment names, on the page and by their first channel."""
    kind = "incident" if isinstance(subject, Incident) else "group"
    values = {
        "person_vi": author.name_vi,
        "person_en": author.name_en,
        "object": subject.id,
        "text": comment.text if len(comment.text) <= _QUOTED else f"{comment.text[:_QUOTED]}…",
    }
    for name in comment.mentions:
        for channel in _channels(subject):
            notice = Notice(
                key=f"comment/{comment.id}/mention",
                subject=f"{kind}/{subject.id}",
                template="mention",
                recipient=name,
                channel=channel,
                urgency="normal",
                values=values,
                tlp=comment.tlp,
                simulated=subject.dataset_kind == "exercise",
            )
            outbox.put(runtime, session, notice, now_us=comment.at_us)


def assigned(runtime: Runtime, session: Session, incident: Incident, task: Task, *, by: Person, now_us: int) -> None:
    """Whoever got a task that somebody else gave."""
    if task.assignee == by.id:
        return
    _task(
        runtime,
        session,
        incident,
        task,
        key=f"task/{task.id}/assigned/{task.version}",
        template="task",
        recipient=task.assignee,
        by=(by.name_vi, by.name_en),
        now_us=now_us,
    )


def due(runtime: Runtime, session: Session, incident: Incident, task: Task, *, now_us: int) -> None:
    """A task's time has come: its doer and the handler of the incident."""
    doer = session.get_one(PersonRow, task.assignee)
    for recipient in sorted({task.assignee, incident.assignee}):
        _task(
            runtime,
            session,
            incident,
            task,
            key=f"task/{task.id}/due/{task.due_us}",
            template="task_due",
            recipient=recipient,
            by=(doer.name_vi, doer.name_en),
            now_us=now_us,
        )


def handler(runtime: Runtime, session: Session, incident: Incident, *, number: int, now_us: int) -> None:
    """Whoever got an incident that they did not take themselves; `number`: of the assignment, so that each is told once."""
    known = [runtime.organisation.units[each].name for each in incident.units if each in runtime.organisation.units]
    values = {
        "incident": incident.id,
        "title": incident.title,
        "severity": incident.severity or "–",
        "units_vi": ", ".join(each.vi for each in known) or "–",
        "units_en": ", ".join(each.en for each in known) or "–",
    }
    for channel in _channels(incident):
        notice = Notice(
            key=f"incident/{incident.id}/assigned/{number}",
            subject=f"incident/{incident.id}",
            template="incident_assigned",
            recipient=incident.assignee,
            channel=channel,
            urgency=_URGENCIES.get(incident.severity, "normal"),
            values=values,
            tlp=incident.tlp,
            simulated=incident.dataset_kind == "exercise",
        )
        outbox.put(runtime, session, notice, now_us=now_us)


def review(runtime: Runtime, session: Session, incident: Incident, measure: Countermeasure, *, now_us: int) -> None:
    """What was done against an attack still stands, and the day has come to look at it: the handler, and who proposed it."""
    assert measure.review_us is not None, "the caller has looked"
    values = {
        "incident": incident.id,
        "measure": str(measure.id),
        "target": measure.target,
        "due": words.moment(measure.review_us),
    }
    for recipient in sorted({incident.assignee, measure.proposed_by}):
        for channel in _channels(incident):
            notice = Notice(
                key=review_key(measure.id, measure.review_us),
                subject=f"incident/{incident.id}",
                template="measure_review",
                recipient=recipient,
                channel=channel,
                urgency="normal",
                values=values,
                tlp=incident.tlp,
                simulated=incident.dataset_kind == "exercise",
            )
            outbox.put(runtime, session, notice, now_us=now_us)


def review_key(measure_id: int, review_us: int) -> str:
    """One for each day that was set."""
    return f"measure/{measure_id}/review/{review_us}"


def _task(  # noqa: PLR0913 - what a notice says
    runtime: Runtime,
    session: Session,
    incident: Incident,
    task: Task,
    *,
    key: str,
    template: str,
    recipient: str,
    by: tuple[str, str],
    now_us: int,
) -> None:
    values = {
        "person_vi": by[0],
        "person_en": by[1],
        "incident": incident.id,
        "task": task.title,
        "due": dt.datetime.fromtimestamp(task.due_us / MICROSECONDS, CITY_ZONE).strftime("%d/%m/%Y %H:%M"),
    }
    for channel in _channels(incident):
        notice = Notice(
            key=key,
            subject=f"incident/{incident.id}",
            template=template,
            recipient=recipient,
            channel=channel,
            urgency="normal",
            values=values,
            tlp=incident.tlp,
            simulated=incident.dataset_kind == "exercise",
        )
        outbox.put(runtime, session, notice, now_us=now_us)


def _channels(subject: Incident | TriageGroup) -> tuple[Channel, ...]:
    is_silent = subject.dataset_kind == "import" and not (isinstance(subject, Incident) and subject.is_owing)
    return ("app",) if is_silent else ("app", "first")
