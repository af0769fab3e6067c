"""The duty board: with a session, or by an address with a secret in it for a screen on which nobody logs in.

Looking does not keep a session alive: a board left open on a desk must not hold the door open for the rest of the page.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from incident_api.board import facts, page
from incident_api.duty import feeds
from incident_api.http.identity import RuntimeOf, SessionCookie
from incident_api.people.person import Person
from incident_api.people.rights import Right
from incident_api.sessions import service as sessions
from khien.errors import KhienError
from khien.language import Language

router = APIRouter(prefix="/board", include_in_schema=False)
Choice = Annotated[Literal["vi", "en"] | None, Query()]
#: Whether the page reloads by itself no longer.
Still = Annotated[Literal["1"] | None, Query()]


@router.get("")
def read_board(
    request: Request, runtime: RuntimeOf, cookie: SessionCookie = None, lang: Choice = None, still: Still = None
) -> HTMLResponse:
    """For whoever is logged in here."""
    found = sessions.resume(runtime, token=cookie, touch=False)
    return _answer(request, runtime, None if found is None else found.person, lang, still=still is not None)


@router.get("/{token}")
def read_board_by_address(
    token: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{32,64}$")],
    request: Request,
    runtime: RuntimeOf,
    lang: Choice = None,
    still: Still = None,
) -> HTMLResponse:
    """For a wall: as its owner may see it, until the address is revoked."""
    try:
        owner = feeds.owner_of_board(runtime, token=token)
    except KhienError:
        return _answer(request, runtime, None, lang)
    return _answer(request, runtime, owner, lang, still=still is not None)


def _answer(
    request: Request, runtime: RuntimeOf, person: Person | None, lang: Language | None, *, still: bool = False
) -> HTMLResponse:
    may = person is not None and Right.DUTY_READ in person.rights
    board = facts.collect(runtime, person=person) if may and person is not None else None
    language: Language = lang or ("en" if person is not None and person.language == "en" else "vi")
    text = page.render(board, language=language, nonce=request.state.csp_nonce, still=still)
    status = 200 if board is not None else 401 if person is None else 403
    return HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})
