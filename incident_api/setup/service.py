"""How far the set-up is, for one reader.

Whoever sees only some units is told no number of the whole city, and alerts of other units are none for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from incident_api.coordination.explanation import ROLES
from incident_api.http.schemas import LocalText
from incident_api.organisation.service import Scope
from incident_api.people.rights import ROLE_CAPACITY, ROLE_RIGHTS, Right
from incident_api.runtime import Runtime
from incident_api.setup.schemas import SetupAnswer, SetupHint, SetupStep, StepRole
from incident_api.setup.steps import STEPS, Found, Look, Step, administrators

if TYPE_CHECKING:
    from incident_api.http.identity import Caller


def progress(runtime: Runtime, *, caller: Caller) -> SetupAnswer:
    """Every step as it stands now."""
    home, rights = Scope.of(caller).home, caller.person.rights
    # The ledger tells its readers of the whole city's alerts already.
    alerts_of = None if Right.LEDGER_READ in rights else home
    with runtime.database.read() as session:
        look = Look(runtime=runtime, session=session, now_us=runtime.clock.now_us(), home=alerts_of)
        steps = [_step(step, step.look(look), rights=rights, is_whole=home is None) for step in STEPS]
    return SetupAnswer(steps=steps, is_complete=all(step.state == "done" for step in steps))


def hint(runtime: Runtime) -> SetupHint:
    """For the log-in page: whether anybody could log in and set the rest up. Not who, and not how many."""
    with runtime.database.read() as session:
        return SetupHint(has_administrator=bool(administrators(session)))


def _step(step: Step, found: Found, *, rights: frozenset[Right], is_whole: bool) -> SetupStep:
    return SetupStep(
        name=step.name,
        state="done" if found.is_done else "open",
        count=found.count if is_whole and rights & step.counted_for else None,
        may_act=bool(rights & step.rights),
        by=[
            StepRole(id=role, name=LocalText(vi=ROLES[role][0], en=ROLES[role][1]))
            for role in ROLE_CAPACITY
            if ROLE_RIGHTS[role] & step.rights
        ],
    )
