"""Duty as the page shows it."""

from __future__ import annotations

from incident_api.coordination.explanation import ROLES
from incident_api.duty.current import roster
from incident_api.duty.shift import Shift
from incident_api.http.schemas import LocalText
from incident_api.people import service as people
from incident_api.people.schemas import DutyAnswer, DutyShift, PersonBrief
from incident_api.runtime import Runtime


def at(runtime: Runtime, *, at_us: int) -> DutyAnswer:
    """Who is on duty at a time and who follows, by layer."""
    with runtime.database.read() as session:
        rota = roster(runtime, session)
        now, following = rota.shifts_at(at_us), rota.next_shifts(at_us)
        names = people.briefs(session, {shift.person for shift in (*now, *following)})
    return DutyAnswer(
        at_us=at_us,
        rota_version=rota.version,
        now=[_shift(each, names) for each in now],
        next=[_shift(each, names) for each in following],
    )


def _shift(shift: Shift, names: dict[str, PersonBrief]) -> DutyShift:
    vi, en = ROLES[shift.role]
    return DutyShift(
        person=names[shift.person],
        role=shift.role,
        role_name=LocalText(vi=vi, en=en),
        layer=shift.layer,
        start_us=shift.start_us,
        end_us=shift.end_us,
    )
