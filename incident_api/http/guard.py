"""What stands before every route: rates, origin of changes, size of bodies, and the security headers (UI design, section 9).

Plain ASGI, so that the live stream passes through unbuffered.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from incident_api.http.problems import problem
from incident_api.http.rate import RateLimit
from khien.errors import KhienError

#: Reliability design, section 8.
BODY_BYTES = 1 << 20
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def content_security_policy(nonce: str) -> str:
    """Nothing from elsewhere, no inline code; styles that Mantine writes carry the nonce of this answer."""
    return (
        "default-src 'self'; "
        f"script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


class BodyLimit:
    """Ends a body at a limit, whatever its header says."""

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what comes."""
        if scope["type"] == "http" and exceeds(Headers(scope=scope), self._limit):
            await problem(KhienError("request.too_large", limit=self._limit), path=scope["path"])(scope, receive, send)
            return
        counted = _Counted(receive, send, limit=self._limit, scope=scope)
        await self._app(scope, counted.receive, counted.send)


def exceeds(headers: Headers, limit: int) -> bool:
    """Whether the announced length is too much, or no length at all."""
    length = headers.get("content-length", "0")
    return not length.isascii() or not length.isdigit() or len(length) > len(str(limit)) or int(length) > limit


class Guard:
    """The outermost layer of the people's application."""

    def __init__(self, app: ASGIApp, *, origins: tuple[str, ...], rate: RateLimit) -> None:
        self._app = app
        self._origins = frozenset(origins)
        self._rate = rate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then let through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["csp_nonce"] = nonce
        headers = Headers(scope=scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _harden(MutableHeaders(scope=message), nonce=nonce, path=scope["path"])
            await send(message)

        refused = self._refusal(scope, headers)
        if refused is not None:
            await problem(refused, path=scope["path"])(scope, receive, send_with_headers)
            return
        counted = _Counted(receive, send_with_headers, limit=BODY_BYTES, scope=scope)
        await self._app(scope, counted.receive, counted.send)

    def _refusal(self, scope: Scope, headers: Headers) -> KhienError | None:
        if exceeds(headers, BODY_BYTES):
            return KhienError("request.too_large", limit=BODY_BYTES)
        if _has_nul(scope):
            return KhienError("request.invalid", place="path", reason="U+0000")
        if scope["path"].startswith("/api/"):
            client = scope.get("client")
            too_often = self._rate.refusal(client[0] if client else "unknown", is_change=scope["method"] not in _SAFE)
            if too_often is not None:
                return too_often
        if scope["method"] in _SAFE:
            return None
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None and not self._is_own(origin, host=headers.get("host", "")):
            return KhienError("session.foreign_origin")
        # A browser says where a request comes from even when it leaves the origin out.
        return KhienError("session.foreign_origin") if site is not None and site not in {"same-origin", "none"} else None

    def _is_own(self, origin: str, *, host: str) -> bool:
        if origin in self._origins:
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return parts.scheme == "https" and bool(host) and parts.netloc.casefold() == host.casefold()


def _has_nul(scope: Scope) -> bool:
    """Whether path, query or a header holds U+0000, which no identifier and no search word has and PostgreSQL refuses.

    Bodies are read as `incident_api.http.schemas.Request`, which refuses it there.
    """
    query: bytes = scope["query_string"]
    return "\0" in scope["path"] or b"%00" in query or b"\0" in query or any(b"\0" in value for _, value in scope["headers"])


class _Counted:
    """A body that lies about its length, or gives none, ends at the limit all the same.

    What reads the body turns our error into its own; so the answer is ours to give when the limit was passed.
    """

    def __init__(self, receive: Receive, send: Send, *, limit: int, scope: Scope) -> None:
        self._receive = receive
        self._send = send
        self._limit = limit
        self._scope = scope
        self._taken = 0
        self._answered = False

    async def receive(self) -> Message:
        """Hand on, and count."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._taken += len(message.get("body", b""))
            if self._taken > self._limit:
                raise KhienError("request.too_large", limit=self._limit)
        return message

    async def send(self, message: Message) -> None:
        """Hand on, or answer 413 instead."""
        if self._taken <= self._limit:
            await self._send(message)
        elif not self._answered:
            self._answered = True
            refusal = problem(KhienError("request.too_large", limit=self._limit), path=self._scope["path"])
            await refusal(self._scope, self._receive, self._send)


def _harden(headers: MutableHeaders, *, nonce: str, path: str) -> None:
    headers["Content-Security-Policy"] = content_security_policy(nonce)
    headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if path.startswith("/api/") and "cache-control" not in headers:
        headers["Cache-Control"] = "no-store"
