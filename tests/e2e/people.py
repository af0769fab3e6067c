"""The log-ins of the scene, given as `khien user add` gives them, all by one opening of the store."""

from __future__ import annotations

from pathlib import Path

from incident_api.opening import opened
from incident_api.people import service
from incident_api.settings import IncidentApiSettings
from khien.clock import SystemClock
from khien.home import Home

#: Only people with a log-in can be given work. Who is on duty, and so has most of it, changes twice a day.
PEOPLE = {
    "irt.analyst.1": "irt.analyst",
    "irt.analyst.2": "irt.analyst",
    "irt.analyst.3": "irt.analyst",
    "irt.analyst.5": "irt.analyst",
    "irt.shift_lead.2": "irt.shift_lead",
    "irt.leader": "irt.leader",
    "pc_office.head": "pc_office.head",
    "police.investigator.1": "police.investigator",
    "sysadmin": "sysadmin",
    "auditor": "auditor",
}
_SHIPPED = Path(__file__).resolve().parents[2] / "coordination"


def write(*, home: Home, password: str, people: dict[str, str] | None = None) -> None:
    """Everybody of the scene, or these, with one password."""
    settings = IncidentApiSettings(home=home, policy_folder=_SHIPPED / "vn-2026", organisation_folder=_SHIPPED / "example")
    with opened(settings, clock=SystemClock()) as runtime:
        for account, role in (PEOPLE if people is None else people).items():
            service.add_user(runtime, account=account, password=password, roles=(role,))
