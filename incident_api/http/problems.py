"""Errors as RFC 9457 problem documents: a stable code, both languages, and never a stack trace."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, DBAPIError, OperationalError, StatementError
from starlette.exceptions import HTTPException

from incident_api.database import reason_of
from khien.errors import KhienError

_log = logging.getLogger(__name__)
_CODES = {400: "request.malformed", 404: "request.no_such_path", 405: "request.no_such_method"}


def install(application: FastAPI) -> None:
    """Every way a request can fail ends here."""
    application.add_exception_handler(KhienError, _of_khien)
    application.add_exception_handler(RequestValidationError, _of_validation)
    application.add_exception_handler(HTTPException, _of_http)
    application.add_exception_handler(OperationalError, _of_database)
    application.add_exception_handler(StatementError, _of_value)
    application.add_exception_handler(OverflowError, _of_value)
    application.add_exception_handler(Exception, _of_defect)


def problem(error: KhienError, *, path: str, status: int | None = None) -> JSONResponse:
    """The body of an error."""
    entry = error.entry
    code = status if status is not None else entry.http_status
    body = {
        "type": f"https://khien.example/errors/{error.code}",
        "title": error.sentence("en"),
        "status": code,
        "detail": error.sentence("en"),
        "instance": path,
        "code": error.code,
        "params": dict(error.params),
        "location": error.location,
        "hint": error.hint("en"),
        "text": {"vi": error.sentence("vi"), "en": error.sentence("en")},
        "hint_text": {"vi": error.hint("vi"), "en": error.hint("en")},
    }
    headers = {"Cache-Control": "no-store"}
    if "seconds" in error.params and code in {429, 503}:
        headers["Retry-After"] = str(error.params["seconds"])
    return JSONResponse(body, status_code=code, headers=headers, media_type="application/problem+json")


async def _of_khien(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, KhienError)
    return problem(error, path=request.url.path)


async def _of_validation(request: Request, error: Exception) -> JSONResponse:
    """Names the first field that is wrong; its value is not repeated, it may be a password."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0] if error.errors() else {"loc": ("body",), "msg": "malformed"}
    place = "/".join(str(each) for each in first["loc"])
    return problem(KhienError("request.invalid", place=place, reason=str(first["msg"])), path=request.url.path)


async def _of_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "request.refused")
    return problem(KhienError(code, path=request.url.path), path=request.url.path, status=error.status_code)


async def _of_database(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OperationalError)
    _log.error("the database failed: %s", reason_of(error))
    return problem(KhienError("database.unavailable", seconds=5), path=request.url.path)


async def _of_value(request: Request, error: Exception) -> JSONResponse:
    """A value that the database cannot hold is the request's fault: the correlator then sets that one alert aside.

    SQLite's driver says OverflowError for what PostgreSQL calls a DataError; other errors of a statement are defects of ours.
    """
    if isinstance(error, DBAPIError) and not isinstance(error, DataError):
        return await _of_defect(request, error)
    reason = error.orig if isinstance(error, StatementError) else error
    _log.warning("a value at %s cannot be stored: %s", request.url.path, type(reason).__name__)
    return problem(KhienError("request.invalid", place=request.url.path, reason=type(reason).__name__), path=request.url.path)


async def _of_defect(request: Request, error: Exception) -> JSONResponse:
    """Boundary: a defect of ours is logged in full and told as one sentence."""
    _log.error("defect at %s", request.url.path, exc_info=error)
    return problem(KhienError("request.defect"), path=request.url.path)
