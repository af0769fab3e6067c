"""`snmp`: a row a flow."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of

_VERSIONS = {1: "1", 2: "2c", 3: "3"}
_COUNTED = {
    "get_requests": ("get_request", "get_next_request"),
    "get_bulk_requests": ("get_bulk_request",),
    "get_responses": ("response",),
    "set_requests": ("set_request",),
}


@log("snmp")
def snmp(events: Sequence[Event]) -> Iterator[Row]:
    """What the messages of a flow come to."""
    flows: dict[str, list[Event]] = {}
    for event in of(events, "network.snmp"):
        flows.setdefault(event["khien"]["flow"]["id"], []).append(event)
    for messages in flows.values():
        first = messages[0]
        kinds = [event["snmp"].get("pdu_type") for event in messages]
        times = [datetime.fromisoformat(event["@timestamp"]).timestamp() for event in messages]
        row = ends(first) | {
            "duration": max(times) - min(times),
            "version": _VERSIONS[first["snmp"]["version"]],
            "community": first["snmp"].get("community"),
        }
        yield row | {column: sum(kind in names for kind in kinds) for column, names in _COUNTED.items()}
