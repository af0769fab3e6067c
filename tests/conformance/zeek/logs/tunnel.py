"""`tunnel`: a flow that carried another, when it was discovered and when it closed."""

from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of

#: `khien.tunnel.type` of the inner flow.
_TYPE = {
    "ipip": "Tunnel::IP",
    "6in4": "Tunnel::IP",
    "gre": "Tunnel::GRE",
    "erspan": "Tunnel::GRE",
    "teredo": "Tunnel::TEREDO",
    "ayiya": "Tunnel::AYIYA",
    "gtp": "Tunnel::GTPv1",
    "gtpv1": "Tunnel::GTPv1",
    "vxlan": "Tunnel::VXLAN",
    "geneve": "Tunnel::GENEVE",
}


@log("tunnel")
def tunnel(events: Sequence[Event]) -> Iterator[Row]:
    """Two rows a flow that is named as the parent of another."""
    flows = {event["khien"]["flow"]["id"]: event for event in of(events, "network.flow")}
    seen = set()
    for event in of(events, "network.flow"):
        enclosing = event["khien"].get("tunnel", {})
        parent = enclosing.get("parent")
        if parent in flows and parent not in seen:
            seen.add(parent)
            for action in ("Tunnel::DISCOVER", "Tunnel::CLOSE"):
                yield ends(flows[parent]) | {"tunnel_type": _TYPE.get(enclosing.get("type")), "action": action}
