"""`http`: a request and its answer."""

from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of


@log("http")
def http(events: Sequence[Event]) -> Iterator[Row]:
    """One row a transaction."""
    for event in of(events, "network.http"):
        yield _row(event)


def _row(event: Event) -> Row:
    ours, url, own = event.get("http", {}), event.get("url", {}), event["khien"].get("http", {})
    request, response = ours.get("request", {}), ours.get("response", {})
    return ends(event) | {
        "trans_depth": event["khien"].get("tx", 0) + 1,
        "method": request.get("method"),
        "host": _header(own, "host"),
        "uri": url.get("original"),
        "referrer": request.get("referrer"),
        "version": own.get("response_version", ours.get("version")),
        "user_agent": event.get("user_agent", {}).get("original"),
        "origin": own.get("origin"),
        "request_body_len": request.get("body", {}).get("bytes", 0),
        "response_body_len": response.get("body", {}).get("bytes", 0),
        "status_code": response.get("status_code"),
        "status_msg": own.get("status_msg"),
        "info_code": own.get("info_code"),
        "info_msg": own.get("info_msg"),
        "username": url.get("username"),
        "password": url.get("password"),
        "resp_mime_types": own.get("resp_mime_types"),
        "orig_mime_types": own.get("orig_mime_types"),
        "resp_filenames": own.get("resp_filenames"),
        "orig_filenames": own.get("orig_filenames"),
    }


def _header(own: Event, name: str) -> str | None:
    """The last request header of a name, as sent: Zeek's `host` keeps the port and knows no other place."""
    values = [header["value"] for header in own.get("request_headers", ()) if header["name"].lower() == name]
    return values[-1] if values else None
