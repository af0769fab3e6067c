"""The beat of what must never fall silent: the ticker and the auditor each leave one after every round."""

from __future__ import annotations

from incident_api.escalation.models import TickerBeat
from incident_api.runtime import Runtime


def beat(runtime: Runtime, name: str, *, now_us: int, late: int) -> None:
    """A round was finished."""
    with runtime.database.write() as session:
        found = session.get(TickerBeat, name)
        if found is None:
            session.add(TickerBeat(name=name, at_us=now_us, rounds=1, late=late))
        else:
            found.at_us, found.rounds, found.late = now_us, found.rounds + 1, found.late + late
