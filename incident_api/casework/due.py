"""The jobs of tasks and countermeasures: who has one is told when its time has come, once for each due time."""

from __future__ import annotations

from sqlalchemy import String, cast, exists, literal, or_, select

from incident_api.casework import telling
from incident_api.casework.models import Countermeasure, Task
from incident_api.casework.states import MeasureState, TaskState
from incident_api.incidents.models import Incident
from incident_api.notifications.models import NoticeRow
from incident_api.runtime import Runtime

#: In one transaction, so that nobody else waits long.
_CHUNK = 100


def run(runtime: Runtime, now_us: int) -> str:
    """Tell of every task that is due; gives how many."""
    told = 0
    while True:
        with runtime.database.write() as session:
            is_untold = or_(Task.told_due_us.is_(None), Task.told_due_us != Task.due_us)
            query = select(Task).where(Task.state == TaskState.OPEN.value, Task.due_us <= now_us, is_untold)
            found = session.scalars(query.order_by(Task.due_us, Task.id).limit(_CHUNK)).all()
            for task in found:
                telling.due(runtime, session, session.get_one(Incident, task.incident_id), task, now_us=now_us)
                task.told_due_us = task.due_us
            told += len(found)
        if len(found) < _CHUNK:
            return f"{told}"


def review(runtime: Runtime, now_us: int) -> str:
    """Tell of every countermeasure that still stands and is to be looked at; gives how many."""
    told = 0
    key = literal("measure/") + cast(Countermeasure.id, String) + literal("/review/") + cast(Countermeasure.review_us, String)
    query = (
        select(Countermeasure)
        .where(
            Countermeasure.state == MeasureState.ACTIVE.value,
            Countermeasure.review_us <= now_us,
            ~exists().where(NoticeRow.key == key),
        )
        .order_by(Countermeasure.review_us, Countermeasure.id)
        .limit(_CHUNK)
    )
    while True:
        with runtime.database.write() as session:
            found = session.scalars(query).all()
            for measure in found:
                telling.review(runtime, session, session.get_one(Incident, measure.incident_id), measure, now_us=now_us)
            told += len(found)
        if len(found) < _CHUNK:
            return f"{told}"
