"""Keeps what a component says of itself; each word is a sign of life."""

from __future__ import annotations

from incident_api.faults.models import ComponentCondition
from incident_api.faults.published import PublishCondition
from incident_api.runtime import Runtime


def publish(runtime: Runtime, *, component: str, body: PublishCondition) -> None:
    """The newest."""
    now, document = runtime.clock.now_us(), body.model_dump(mode="json")
    with runtime.database.write() as session:
        row = session.get(ComponentCondition, component)
        if row is None:
            session.add(ComponentCondition(component=component, received_us=now, document=document))
        else:
            row.received_us = now
            row.document = document
