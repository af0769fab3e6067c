"""`dce_rpc`: a row a call that was answered."""

from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of, seconds


@log("dce_rpc")
def dce_rpc(events: Sequence[Event]) -> Iterator[Row]:
    """Calls by name; negotiations have no row."""
    for event in of(events, "network.dcerpc"):
        ours = event["dcerpc"]
        # Zeek logs calls of interfaces whose negotiation it saw, and whose operations it knows.
        if "operation" not in ours or "response" not in ours:
            continue
        yield ends(event) | {
            "rtt": seconds(event),
            "named_pipe": ours.get("named_pipe"),
            "endpoint": ours.get("endpoint"),
            "operation": ours.get("operation"),
        }
