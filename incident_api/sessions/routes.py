"""Log-in, the session and its end."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from incident_api.http.identity import COOKIE, CallerOf, ChangingCallerOf, RuntimeOf, SessionCookie
from incident_api.http.schemas import problem_responses
from incident_api.sessions import service
from incident_api.sessions.schemas import ChangeLanguage, ChangePassword, LogIn, SessionView

router = APIRouter(prefix="/session", tags=["session"])


@router.post("", operation_id="logIn", responses=problem_responses(401, 403, 422, 429))
def log_in(body: LogIn, request: Request, response: Response, runtime: RuntimeOf, old: SessionCookie = None) -> SessionView:
    """Log in. Sets the cookie; always a new session id, and the session of the cookie that was sent ends."""
    opened = service.log_in(
        runtime,
        account=body.account,
        password=body.password.get_secret_value(),
        address=_address(request),
        old_token=old,
    )
    response.set_cookie(
        COOKIE, opened.token, max_age=service.ABSOLUTE_SECONDS, path="/", secure=True, httponly=True, samesite="strict"
    )
    return service.view(opened.person, opened.session)


@router.get("", operation_id="readSession", responses=problem_responses(401))
def read_session(found: CallerOf) -> SessionView:
    """Who is logged in."""
    return service.view(found.person, found.session)


@router.delete("", status_code=204, operation_id="logOut", responses=problem_responses(401, 403))
def log_out(found: ChangingCallerOf, response: Response, runtime: RuntimeOf) -> None:
    """Log out: the session ends on the server."""
    service.log_out(runtime, found.session, person=found.person)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


@router.put("/password", status_code=204, operation_id="changePassword", responses=problem_responses(401, 403, 422, 429))
def change_password(body: ChangePassword, found: ChangingCallerOf, request: Request, runtime: RuntimeOf) -> None:
    """Change the own password; every other session of this person ends."""
    service.change_password(
        runtime,
        person=found.person,
        session=found.session,
        address=_address(request),
        current=body.current.get_secret_value(),
        new=body.new.get_secret_value(),
    )


@router.put("/language", operation_id="changeLanguage", responses=problem_responses(401, 403, 422))
def change_language(body: ChangeLanguage, found: ChangingCallerOf, runtime: RuntimeOf) -> SessionView:
    """Choose the language of the page."""
    return service.view(service.change_language(runtime, person=found.person, language=body.language), found.session)


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
