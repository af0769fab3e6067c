"""`tunnel`: a flow that carries others, when it was discovered and when it closed.

Zeek knows GRE and IP in IP by their addresses alone, GRE over UDP too: one row a pair of addresses, ports 0, and no close.
Bubbles of Teredo, which carry nothing, discover no tunnel there.
"""

from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of

#: `khien.tunnel.carries` of flows of datagrams.
_BY_FLOW = {
    "teredo": "Tunnel::TEREDO",
    "ayiya": "Tunnel::AYIYA",
    "gtp": "Tunnel::GTPv1",
    "vxlan": "Tunnel::VXLAN",
    "geneve": "Tunnel::GENEVE",
}
#: The same of the others.
_BY_ADDRESS = {
    "ipip": "Tunnel::IP",
    "ipv6": "Tunnel::IP",
    "gre": "Tunnel::GRE",
    "erspan": "Tunnel::GRE",
    "gre-udp": "Tunnel::GRE",
}
#: IPv6's number of what carries nothing.
NO_NEXT_HEADER = "59"


@log("tunnel")
def tunnel(events: Sequence[Event]) -> Iterator[Row]:
    """Rows of every flow that carries packets, and of every proxy that was asked to connect and did."""
    for event in of(events, "network.http"):
        request, outcome = event["http"].get("request", {}), event["event"].get("outcome")
        if request.get("method") == "CONNECT" and outcome == "success":
            yield ends(event) | {"id.orig_p": 0, "tunnel_type": "Tunnel::HTTP", "action": "Tunnel::DISCOVER"}
    for event in of(events, "network.socks"):
        if event["event"].get("outcome") == "success":
            yield ends(event) | {"id.orig_p": 0, "tunnel_type": "Tunnel::SOCKS", "action": "Tunnel::DISCOVER"}
    seen = set()
    bubbles = _only_parents_of_bubbles(events)
    for event in of(events, "network.flow"):
        carries = event["khien"].get("tunnel", {}).get("carries")
        if event["event"]["action"] != "flow-end" or carries is None or event["khien"]["flow"]["id"] in bubbles:
            continue
        row = ends(event)
        if carries in _BY_FLOW:
            for action in ("Tunnel::DISCOVER", "Tunnel::CLOSE"):
                yield row | {"tunnel_type": _BY_FLOW[carries], "action": action}
            continue
        pair = (carries, *sorted((event["source"]["ip"], event["destination"]["ip"])))
        if pair not in seen:
            seen.add(pair)
            ports: Row = {"id.orig_p": 0, "id.resp_p": 0, "tunnel_type": _BY_ADDRESS[carries], "action": "Tunnel::DISCOVER"}
            yield row | ports


def _only_parents_of_bubbles(events: Sequence[Event]) -> set[str]:
    """Flows all of whose inner flows have no next header."""
    parents: dict[bool, set[str]] = {True: set(), False: set()}
    for event in of(events, "network.flow"):
        parent = event["khien"].get("tunnel", {}).get("parent")
        if parent is not None:
            parents[event["network"]["iana_number"] == NO_NEXT_HEADER].add(parent)
    return parents[True] - parents[False]
