"""People: whom work can be handed to, what their roles give, and their log-ins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from incident_api.http.identity import Caller, CallerOf, RuntimeOf, changes, requires
from incident_api.http.schemas import problem_responses
from incident_api.people import service
from incident_api.people.rights import Right
from incident_api.people.schemas import LogInGiven, PeopleAnswer, PersonView, RolesAnswer

router = APIRouter(prefix="/people", tags=["people"])
roles_router = APIRouter(prefix="/roles", tags=["people"])
Account = Annotated[str, Path(max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Keeper = Annotated[Caller, Depends(changes(Right.PEOPLE_CHANGE, second_factor=True))]
_CHANGE = problem_responses(401, 403, 404, 409, 422)


@router.get("", operation_id="listPeople", responses=problem_responses(401, 403))
def list_people(_found: Annotated[Caller, Depends(requires(Right.PEOPLE_READ))], runtime: RuntimeOf) -> PeopleAnswer:
    """Everybody with an account, those on duty first."""
    return service.listing(runtime)


@router.post("/{account}/log-in", operation_id="giveLogIn", responses=_CHANGE)
def give_log_in(account: Account, found: Keeper, runtime: RuntimeOf) -> LogInGiven:
    """A first or a new password, shown once; sessions of this person end. Never one's own, and never a role."""
    return service.give_log_in(runtime, keeper=found.person, account=account)


@router.post("/{account}/disable", operation_id="disablePerson", responses=_CHANGE)
def disable_person(account: Account, found: Keeper, runtime: RuntimeOf) -> PersonView:
    """No log-in and no new work from now on; open sessions end at once. Never oneself."""
    return service.disable(runtime, keeper=found.person, account=account)


@roles_router.get("", operation_id="listRoles", responses=problem_responses(401))
def list_roles(_found: CallerOf) -> RolesAnswer:
    """Every role with its rights, in words."""
    return service.roles()
