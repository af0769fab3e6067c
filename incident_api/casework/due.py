"""The job of tasks: whoever has one is told when its time has come, once for each due time."""

from __future__ import annotations

from sqlalchemy import or_, select

from incident_api.casework import telling
from incident_api.casework.models import Task
from incident_api.casework.states import TaskState
from incident_api.incidents.models import Incident
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
