"""The countermeasures of an incident in one line, for the record of I5."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.casework.models import Countermeasure
from incident_api.incidents.models import Incident


def summary_of(session: Session, incident: Incident) -> str:
    """Each with its number, what it is, on what, and its state; a dash when there is none."""
    found = session.scalars(select(Countermeasure).where(Countermeasure.incident_id == incident.id).order_by(Countermeasure.id))
    return "; ".join(f"{each.id} {each.kind} {each.target} {each.state}" for each in found) or "–"
