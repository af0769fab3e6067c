"""`sip`: a row an answer, with what the requests before it said."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of


@log("sip")
def sip(events: Sequence[Event]) -> Iterator[Row]:
    """A row an answer: Zeek keeps one state a connection, which requests change and a final answer ends."""
    open_states: dict[str, dict[str, Any]] = {}
    for event in of(events, "network.sip"):
        ours = event["sip"]
        flow = event["khien"]["flow"]["id"]
        state = open_states.setdefault(flow, ends(event))
        if "method" in ours:
            path = state.get("request_path") or []
            state.update(_request(event))
            state["request_path"] = [*path, *_paths(ours)]
            continue
        path = state.get("response_path") or []
        state.update(_response(event))
        state["response_path"] = [*path, *_paths(ours)]
        yield dict(state)
        if int(ours["code"]) >= 200:
            del open_states[flow]
    yield from open_states.values()


def _request(event: Event) -> dict[str, Any]:
    ours = event["sip"]
    return ends(event) | {
        "method": ours["method"],
        "uri": ours["uri"],
        "date": ours.get("date"),
        "request_from": _without(ours.get("from"), "tag"),
        "request_to": ours.get("to"),
        "reply_to": ours.get("reply_to"),
        "call_id": ours.get("call_id"),
        "seq": ours.get("seq"),
        "subject": ours.get("subject"),
        "request_path": _paths(ours),
        "user_agent": event.get("user_agent", {}).get("original"),
        "status_code": None,
        "status_msg": None,
        # Zeek tells the length of a body where it sees the end of the fields: never of a request without any.
        "request_body_len": ours["body_bytes"] if "seq" in ours else None,
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
