"""Duty as the page shows it."""

from __future__ import annotations

from incident_api.coordination.explanation import ROLES
from incident_api.coordination.organisation import Organisation
from incident_api.duty.current import roster
from incident_api.duty.shift import Shift
from incident_api.http.schemas import LocalText
from incident_api.organisation.parts import ContactEntry, day_of
from incident_api.people import service as people
from incident_api.people.schemas import DutyAnswer, DutyShift, PersonBrief, Reach, ReachChannel
from incident_api.runtime import Runtime


def at(runtime: Runtime, *, at_us: int) -> DutyAnswer:
    """Who is on duty at a time and who follows, by layer."""
    with runtime.database.read() as session:
        rota = roster(runtime, session)
        now, following = rota.shifts_at(at_us), rota.next_shifts(at_us)
        names = people.briefs(session, {shift.person for shift in (*now, *following)})
    organisation, day = runtime.organisation, day_of(at_us)
    return DutyAnswer(
        at_us=at_us,
        rota_version=rota.version,
        now=[_shift(each, names, reach(organisation, each, day=day)) for each in now],
        next=[_shift(each, names, reach(organisation, each, day=day)) for each in following],
    )


def reach(organisation: Organisation, shift: Shift, *, day: str) -> Reach | None:
    """Their own entry, else one that names them as who answers there, else the duty desk of their party (`irt.duty`)."""
    own = organisation.contact_on(shift.person, day)
    if own is not None:
        return _reach(own, is_desk=False)
    entries = [each for each in organisation.contacts if each.holds(day)]
    desk = next((each for each in entries if shift.person in each.deputies), None)
    desk = desk or next((each for each in entries if shift.role in each.deputies), None)
    desk = desk or organisation.contact_on(f"{shift.role.partition('.')[0]}.duty", day)
    return None if desk is None else _reach(desk, is_desk=True)


def _reach(entry: ContactEntry, *, is_desk: bool) -> Reach | None:
    channels = [
        ReachChannel(kind=each.kind, address=each.address) for each in entry.channels if each.kind in {"voice", "sms", "mail"}
    ]
    if not channels:
        return None
    order = ("voice", "sms", "mail")
    channels.sort(key=lambda each: order.index(each.kind))
    return Reach(name=LocalText(vi=entry.name.vi, en=entry.name.en), is_desk=is_desk, channels=channels)


def _shift(shift: Shift, names: dict[str, PersonBrief], how: Reach | None) -> DutyShift:
    vi, en = ROLES[shift.role]
    return DutyShift(
        person=names[shift.person],
        role=shift.role,
        role_name=LocalText(vi=vi, en=en),
        layer=shift.layer,
        seat=shift.seat,
        priority=shift.priority,
        presence=shift.presence,
        reach=how,
        start_us=shift.start_us,
        end_us=shift.end_us,
    )
