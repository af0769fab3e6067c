"""`sip`: a row a request, with its answers; Zeek writes what the last of them said."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of


@log("sip")
def sip(events: Sequence[Event]) -> Iterator[Row]:
    """Requests in their order, joined with their repetitions and answers by sequence; answers alone as rows of their own."""
    rows: dict[tuple[str, str | None, str | None], dict[str, Any]] = {}
    alone: list[Row] = []
    for event in of(events, "network.sip"):
        ours = event["sip"]
        key = (event["khien"]["flow"]["id"], ours.get("call_id"), ours.get("seq"))
        if "method" in ours and key in rows:
            rows[key]["request_path"] += _paths(ours)
        elif "method" in ours:
            rows[key] = _request(event)
        elif key in rows:
            row = rows[key]
            earlier = row.get("response_path") or []
            row.update(_response(event))
            row["response_path"] = [*earlier, *_paths(ours)]
        else:
            alone.append(ends(event) | _response(event))
    yield from [*rows.values(), *alone]


def _request(event: Event) -> dict[str, Any]:
    ours = event["sip"]
    return ends(event) | {
        "method": ours["method"],
        "uri": ours["uri"],
        "date": ours.get("date"),
        "request_from": _without(ours.get("from"), "tag"),
        "request_to": _without(ours.get("to"), "tag"),
        "reply_to": ours.get("reply_to"),
        "call_id": ours.get("call_id"),
        "seq": ours.get("seq"),
        "subject": ours.get("subject"),
        "request_path": _paths(ours),
        "user_agent": event.get("user_agent", {}).get("original"),
        "status_code": None,
        "status_msg": None,
        "request_body_len": ours["body_bytes"],
    }


def _response(event: Event) -> dict[str, Any]:
    ours = event["sip"]
    return {
        "response_from": _without(ours.get("from"), "tag"),
        "response_to": ours.get("to"),
        "response_path": _paths(ours),
        "status_code": int(ours["code"]),
        "status_msg": ours.get("reason"),
        "warning": ours.get("warning"),
        "response_body_len": ours["body_bytes"],
    }


def _paths(ours: Event) -> list[str]:
    return [path for via in ours.get("via", ()) if (path := _without(via, "branch"))]


def _without(value: str | None, parameter: str) -> str | None:
    """Zeek cuts addresses at their tag and hops at their branch."""
    return None if value is None else re.split(f";[ ]?{parameter}", value, maxsplit=1)[0]
