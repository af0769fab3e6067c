"""The steps of the first run, each a row: what it is done by, who can take it, and who may read its number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from incident_api.alerts.models import GroupLabel
from incident_api.duty import checks
from incident_api.duty import current as duty
from incident_api.ledger.models import IntakeCount, LedgerRow
from incident_api.organisation.parts import day_of
from incident_api.people.models import PersonRow
from incident_api.people.rights import Right, rights_of
from incident_api.runtime import Runtime
from incident_api.sessions.models import SecondFactor
from incident_api.setup.schemas import StepName
from khien.errors import KhienError


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a step is looked at with. `home`: the one unit whose alerts exist for the reader; None: all of them."""

    runtime: Runtime
    session: Session
    now_us: int
    home: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """How it stands. `count` None: nothing is counted here."""

    is_done: bool
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A row. `rights`: each of them is enough to take the step; `counted_for`: each of them to read its number."""

    name: StepName
    look: Callable[[Look], Found]
    rights: frozenset[Right]
    counted_for: frozenset[Right]


def administrators(session: Session) -> frozenset[str]:
    """Accounts that can log in and administer."""
    able = select(PersonRow).where(PersonRow.is_active, PersonRow.password_hash.is_not(None))
    return frozenset(row.id for row in session.scalars(able) if Right.PEOPLE_CHANGE in rights_of(row.roles))


def _administrator(look: Look) -> Found:
    """Only with a second factor: without one, an administrator can do nothing of section 16, "System"."""
    ids = administrators(look.session)
    enrolled = select(SecondFactor.person).where(SecondFactor.person.in_(ids), SecondFactor.confirmed_us.is_not(None))
    count = len(look.session.scalars(enrolled).all())
    return Found(count > 0, count)


def _organisation(look: Look) -> Found:
    day, organisation = day_of(look.now_us), look.runtime.organisation
    assets = sum(asset.on(day) is not None for asset in organisation.assets.values())
    return Found(assets > 0 and any(unit.holds(day) for unit in organisation.units.values()), assets)


def _policy(look: Look) -> Found:
    """Signed it is, else it would not decide; whether its days have not run out is left to ask."""
    try:
        return Found(look.runtime.policy.policy.is_effective(look.now_us))
    except KhienError:
        return Found(is_done=False)


def _duty(look: Look) -> Found:
    """Every needed seat is taken now, and somebody there can log in: only they are given alerts."""
    rota, roster = duty.rota(look.session), duty.roster(look.runtime, look.session)
    found = checks.check(rota, roster, start_us=look.now_us, end_us=look.now_us + 1)
    on_duty = {shift.person for shift in roster.shifts_at(look.now_us) if shift.priority == 1}
    able = select(PersonRow.id).where(PersonRow.id.in_(on_duty), PersonRow.is_active, PersonRow.password_hash.is_not(None))
    count = len(look.session.scalars(able).all())
    return Found(count > 0 and not any(each.is_hole for each in found.findings), count)


def _sensor(look: Look) -> Found:
    """A sensor is named in what a component counted; alerts prove as well that something was captured, also when replayed."""
    count = len(_sensors(look.session))
    return Found(count > 0 or _has_alert(look), count)


def _alert(look: Look) -> Found:
    return Found(_has_alert(look), _created(look.session))


def _sensors(session: Session) -> frozenset[str]:
    """What a component tells is kept as it came: every shape is possible."""
    found = set()
    for row in session.scalars(select(LedgerRow)):
        streams = row.document.get("streams")
        for stream in streams if isinstance(streams, list) else ():
            if isinstance(stream, dict) and isinstance(stream.get("sensor"), str):
                found.add(stream["sensor"])
    return frozenset(found)


def _has_alert(look: Look) -> bool:
    if look.home is None:
        return _created(look.session) > 0
    ours = exists().where(GroupLabel.kind == "unit", GroupLabel.value == look.home)
    return bool(look.session.scalar(select(ours)))


def _created(session: Session) -> int:
    """Alerts that ever came in: what retention has deleted since was a first alert all the same."""
    row = session.get(IntakeCount, "created")
    return 0 if row is None else row.alerts


#: In the order in which they are taken. Who runs the server starts sensors, and the first alert follows from one.
STEPS: tuple[Step, ...] = (
    Step(
        name="administrator",
        look=_administrator,
        rights=frozenset({Right.PEOPLE_CHANGE}),
        counted_for=frozenset({Right.PEOPLE_READ}),
    ),
    Step(
        name="organisation",
        look=_organisation,
        rights=frozenset({Right.ORGANISATION_CHANGE}),
        counted_for=frozenset({Right.ORGANISATION_READ}),
    ),
    Step(
        name="policy",
        look=_policy,
        rights=frozenset({Right.POLICY_DRAFT, Right.POLICY_SIGN}),
        counted_for=frozenset(),
    ),
    Step(
        name="duty",
        look=_duty,
        rights=frozenset({Right.DUTY_EDIT, Right.PEOPLE_CHANGE}),
        counted_for=frozenset({Right.DUTY_READ}),
    ),
    Step(
        name="sensor",
        look=_sensor,
        rights=frozenset({Right.JOBS_RUN}),
        counted_for=frozenset({Right.LEDGER_READ}),
    ),
    Step(
        name="alert",
        look=_alert,
        rights=frozenset({Right.JOBS_RUN}),
        counted_for=frozenset({Right.ALERTS_READ, Right.LEDGER_READ}),
    ),
)
