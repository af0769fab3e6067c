"""Who may send what the city owes: section 16 of the response design, asked before anything counts as told.

An analyst or a liaison drafts; a shift lead sends for M3 and M4; the leader and the deputy send everything; the owner's approver
and data-protection officer send the breach notice and the word to the data subjects. Telling somebody of the team itself is no
sending. Where no approver answered in time, whoever is on duty sends, and an approver stands by it afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping

from incident_api.coordination.case import Severity
from incident_api.incidents.models import Incident, Obligation
from incident_api.people.person import Person
from incident_api.people.rights import Right
from khien.errors import KhienError

#: Recipients of this party are the team itself.
_HOME = "irt."
_LIGHT = frozenset({Severity.M3, Severity.M4})
#: What a role of the owner sends, by the code of the obligation.
_OF_OWNER = frozenset({"PN", "SN"})
_BY_ROLE: Mapping[str, frozenset[str]] = {"owner.approver": _OF_OWNER, "owner.dpo": _OF_OWNER}


def is_sender(person: Person) -> bool:
    """Whether somebody who handles no incidents sends some notice all the same."""
    return any(role in _BY_ROLE for role in person.roles)


def refusal(incident: Incident, obligation: Obligation, *, person: Person) -> KhienError | None:
    """Why this person may not be the one who told the recipient; None = they may."""
    if any(obligation.code in _BY_ROLE.get(role, ()) for role in person.roles):
        return None
    if Right.INCIDENTS_HANDLE not in person.rights:
        return KhienError("session.forbidden", right=Right.INCIDENTS_HANDLE.value)
    is_inside = obligation.recipient.startswith(_HOME)
    is_light = incident.severity in _LIGHT and Right.INCIDENTS_DECIDE in person.rights
    if is_inside or is_light or obligation.immediate_us is not None or Right.INCIDENTS_LEAD in person.rights:
        return None
    return KhienError(
        "obligation.may_not_send", duty=obligation.code, recipient=obligation.recipient, severity=incident.severity or "–"
    )
