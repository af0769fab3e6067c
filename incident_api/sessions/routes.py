"""Log-in, the session and its end, the second factor, and access tokens for scripts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from incident_api.http.identity import COOKIE, InSessionOf, ReadingSessionOf, RuntimeOf, SessionCookie
from incident_api.http.schemas import MOST, problem_responses
from incident_api.sessions import second_factor, service, tokens
from incident_api.sessions.models import AccessToken
from incident_api.sessions.schemas import (
    BeginSecondFactor,
    ChangeLanguage,
    ChangePassword,
    GiveCode,
    LogIn,
    MakeToken,
    RecoveryCodes,
    SecondFactorSecret,
    SecondFactorView,
    SessionView,
    TokenMade,
    TokensAnswer,
    TokenView,
)
from khien.clock import MICROSECONDS

router = APIRouter(prefix="/session", tags=["session"])
tokens_router = APIRouter(prefix="/tokens", tags=["session"])
_FACTOR = problem_responses(401, 403, 409, 422, 429)


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
def read_session(found: ReadingSessionOf) -> SessionView:
    """Who is logged in."""
    return service.view(found.person, found.session)


@router.delete("", status_code=204, operation_id="logOut", responses=problem_responses(401, 403))
def log_out(found: InSessionOf, response: Response, runtime: RuntimeOf) -> None:
    """Log out: the session ends on the server."""
    service.log_out(runtime, found.session, person=found.person)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


@router.put("/password", status_code=204, operation_id="changePassword", responses=problem_responses(401, 403, 422, 429))
def change_password(body: ChangePassword, found: InSessionOf, request: Request, runtime: RuntimeOf) -> None:
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
def change_language(body: ChangeLanguage, found: InSessionOf, runtime: RuntimeOf) -> SessionView:
    """Choose the language of the page."""
    return service.view(service.change_language(runtime, person=found.person, language=body.language), found.session)


@router.get("/second-factor", operation_id="readSecondFactor", responses=problem_responses(401, 403))
def read_second_factor(found: ReadingSessionOf, runtime: RuntimeOf) -> SecondFactorView:
    """Whether there is one, and until when it counts here."""
    proven = found.session.proven_us
    until = None if proven is None else proven + second_factor.PROVEN_SECONDS * MICROSECONDS
    return SecondFactorView(
        is_set_up=second_factor.is_set_up(runtime, person=found.person),
        proven_until_us=until if until is not None and until > runtime.clock.now_us() else None,
        recovery_codes_left=second_factor.codes_left(runtime, person=found.person),
    )


@router.post("/second-factor", operation_id="beginSecondFactor", responses=_FACTOR)
def begin_second_factor(body: BeginSecondFactor, found: InSessionOf, request: Request, runtime: RuntimeOf) -> SecondFactorSecret:
    """A new secret for the authenticator; it counts once a code of it was given. Who has one in use asks for a reset."""
    password = body.password.get_secret_value()
    made = second_factor.begin(runtime, person=found.person, address=_address(request), password=password)
    return SecondFactorSecret(secret=made.secret, uri=made.uri)


@router.put("/second-factor", operation_id="confirmSecondFactor", responses=_FACTOR)
def confirm_second_factor(body: GiveCode, found: InSessionOf, request: Request, runtime: RuntimeOf) -> RecoveryCodes:
    """The first code puts it in use; gives the recovery codes."""
    code = body.code.get_secret_value()
    person, session = found.person, found.session
    codes = second_factor.confirm(runtime, person=person, session=session, address=_address(request), code=code)
    return RecoveryCodes(codes=list(codes))


@router.post("/second-factor/proof", operation_id="proveSecondFactor", responses=_FACTOR)
def prove_second_factor(body: GiveCode, found: InSessionOf, request: Request, runtime: RuntimeOf) -> SecondFactorView:
    """Give a code: for five minutes this session may do what asks for one."""
    code = body.code.get_secret_value()
    person, session = found.person, found.session
    until = second_factor.prove(runtime, person=person, session=session, address=_address(request), code=code)
    left = second_factor.codes_left(runtime, person=person)
    return SecondFactorView(is_set_up=True, proven_until_us=until, recovery_codes_left=left)


@tokens_router.get("", operation_id="listTokens", responses=problem_responses(401, 403))
def list_tokens(found: ReadingSessionOf, runtime: RuntimeOf) -> TokensAnswer:
    """The own access tokens that count."""
    return TokensAnswer(tokens=[_token(each) for each in tokens.of(runtime, person=found.person)])


@tokens_router.post("", status_code=201, operation_id="makeToken", responses=problem_responses(401, 403, 409, 422))
def make_token(body: MakeToken, found: InSessionOf, runtime: RuntimeOf) -> TokenMade:
    """An access token for a script: at most rights that its person has, and nothing that asks for a second factor."""
    second_factor.demand(runtime, person=found.person, session=found.session)
    made = tokens.make(runtime, person=found.person, name=body.name, rights=body.rights, days=body.days)
    return TokenMade(secret=made.secret, token=_token(made.row))


@tokens_router.delete("/{token_id}", status_code=204, operation_id="revokeToken", responses=problem_responses(401, 403, 404, 422))
def revoke_token(token_id: Annotated[int, Path(ge=1, le=MOST)], found: InSessionOf, runtime: RuntimeOf) -> None:
    """It counts no more, from the next request on."""
    tokens.revoke(runtime, person=found.person, token_id=token_id)


def _token(row: AccessToken) -> TokenView:
    return TokenView(
        id=row.id,
        name=row.name,
        rights=list(row.rights),
        created_us=row.created_us,
        expires_us=row.expires_us,
        last_used_us=row.last_used_us,
    )


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
