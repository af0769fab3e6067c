"""TLP and PAP of an incident, changed by an act: closing takes one person, opening two; PAP of a crime is the investigator's."""

from __future__ import annotations

from incident_api.coordination.policy import Policy
from incident_api.coordination.sharing import TLP_ORDER
from incident_api.incidents.models import Incident
from incident_api.incidents.orders import Mark
from incident_api.people.person import Person
from incident_api.people.rights import Right
from khien.errors import KhienError

#: PAP, from open to closed.
_PAP_ORDER = ("CLEAR", "GREEN", "AMBER", "RED")


def is_opening(incident: Incident, tlp: str) -> bool:
    """Whether more recipients could get it than now."""
    return TLP_ORDER.index(tlp) < TLP_ORDER.index(incident.tlp)


def check(incident: Incident, order: Mark, *, person: Person, policy: Policy) -> None:
    """Whether one person may do it alone; opening the TLP never comes here."""
    if Right.INCIDENTS_HANDLE not in person.rights and (order.tlp is not None or Right.PAP_LIFT not in person.rights):
        raise KhienError("session.forbidden", right=Right.INCIDENTS_HANDLE.value)
    if order.pap is not None:
        _check_pap(incident, order.pap, person=person, policy=policy)


def _check_pap(incident: Incident, pap: str, *, person: Person, policy: Policy) -> None:
    """Crime starts closed until the investigator lifts it (coordination design, section 8)."""
    is_lifted = _PAP_ORDER.index(pap) < _PAP_ORDER.index(incident.pap)
    is_crimes = "crime" in incident.flags and incident.pap == policy.sharing.crime_pap
    if is_lifted and is_crimes and Right.PAP_LIFT not in person.rights:
        raise KhienError("incident.ceiling", pap=incident.pap)


def put(incident: Incident, order: Mark) -> None:
    """Write what was given."""
    incident.tlp, incident.pap = order.tlp or incident.tlp, order.pap or incident.pap
