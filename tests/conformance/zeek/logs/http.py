"""`http`: a request and its answer."""

import re
from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.logs.files import mime_type
from tests.conformance.zeek.registry import Row, ends, log, of

#: Status codes below this are interim (RFC 9110, section 15.2).
_FIRST_FINAL = 200
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")


@log("http")
def http(events: Sequence[Event]) -> Iterator[Row]:
    """One row a transaction."""
    short: set[tuple[object, ...]] = set()
    for event in of(events, "network.file"):
        if "mime_type" in event["file"] and mime_type(event) is None:
            short.add((event["khien"]["flow"]["id"], event["khien"].get("tx"), event["khien"]["file"]["sender"]))
    for event in of(events, "network.http"):
        yield _row(event, short)


def _row(event: Event, short: set[tuple[object, ...]]) -> Row:
    transaction = (event["khien"]["flow"]["id"], event["khien"].get("tx"))
    ours, url, own = event.get("http", {}), event.get("url", {}), event["khien"].get("http", {})
    request, response = ours.get("request", {}), ours.get("response", {})
    is_bare = bool(response) and "status_code" not in response and ours.get("version") == "0.9"
    return ends(event) | {
        "trans_depth": event["khien"].get("tx", 0) + 1,
        "method": request.get("method"),
        "host": _header(own, "host"),
        "uri": _unescaped(url["original"]) if "original" in url else "" if "method" in request else None,
        "referrer": request.get("referrer"),
        "version": own.get("response_version", ours.get("version")) if response else None,
        "user_agent": event.get("user_agent", {}).get("original"),
        "origin": own.get("origin"),
        "request_body_len": own.get("request_unpacked_bytes", request.get("body", {}).get("bytes", 0)),
        "response_body_len": own.get("response_unpacked_bytes", response.get("body", {}).get("bytes", 0)),
        "status_code": 0 if is_bare else response.get("status_code"),
        "status_msg": "<empty>" if is_bare else own.get("status_msg"),
        **_interim(response.get("status_code"), own),
        "username": url.get("username"),
        "password": url.get("password"),
        "resp_mime_types": _types(own.get("resp_mime_types"), is_short=(*transaction, "destination") in short),
        "orig_mime_types": _types(own.get("orig_mime_types"), is_short=(*transaction, "source") in short),
        "resp_filenames": own.get("resp_filenames"),
        "orig_filenames": own.get("orig_filenames"),
    }


def _types(ours: list[str] | None, *, is_short: bool) -> list[str] | None:
    """Zeek's names for what has another in the registry of types; a single text that is too short has none."""
    if is_short and ours == ["text/plain"]:
        return None
    return ours and [{"application/json": "text/json"}.get(name, name) for name in ours]


def _unescaped(uri: str) -> str:
    """Zeek logs a target with its escapes undone, except those that make no text."""
    try:
        return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), uri.encode()).decode()
    except UnicodeDecodeError:
        return uri


def _header(own: Event, name: str) -> str | None:
    """The last request header of a name, as sent: Zeek's `host` keeps the port and knows no other place."""
    values = [header["value"] for header in own.get("request_headers", ()) if header["name"].lower() == name]
    return values[-1] if values else None


def _interim(status: int | None, own: Event) -> Row:
    """The last answer of the 1xx kind; a switch of protocols is one, and the final one too."""
    if status is not None and status < _FIRST_FINAL:
        return {"info_code": status, "info_msg": own.get("status_msg")}
    return {"info_code": own.get("info_code"), "info_msg": own.get("info_msg")}
