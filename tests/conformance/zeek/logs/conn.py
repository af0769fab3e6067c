"""`conn`: a flow record. ICMP has type and code in the columns of the ports."""

from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Among, Row, ends, log, of, seconds

_SERVICE = {
    "kerberos": "krb",
    "dcerpc": "dce_rpc",
    "tls": "ssl",
    "dtls": "ssl",
    "mdns": "dns",
    "llmnr": "dns",
    "ftp_data": "ftp-data",
    "http2": "http2",
}
_PROTO = {"tcp": "tcp", "udp": "udp", "icmp": "icmp", "ipv6-icmp": "icmp"}


@log("conn")
def conn(events: Sequence[Event]) -> Iterator[Row]:
    """One row a final record."""
    for event in of(events, "network.flow"):
        if event["event"]["action"] == "flow-end":
            yield _row(event)


def _row(event: Event) -> Row:
    network, own = event["network"], event["khien"]["flow"]
    source, destination = event["source"], event["destination"]
    row = ends(event)
    if "icmp" in event:
        row |= {"id.orig_p": event["icmp"]["type"], "id.resp_p": event["icmp"]["code"]}
    protocol = network.get("protocol")
    is_known = network.get("transport") in _PROTO
    spoke_twice = source["packets"] + destination["packets"] > 1
    return row | {
        "proto": _PROTO.get(network.get("transport", ""), "unknown_transport"),
        "service": Among(None if protocol is None else _SERVICE.get(protocol, protocol)),
        "duration": seconds(event) if spoke_twice else None,
        "orig_bytes": own["payload_bytes"]["source"] if spoke_twice and is_known else None,
        "resp_bytes": own["payload_bytes"]["destination"] if spoke_twice and is_known else None,
        "conn_state": own["conn_state"],
        "missed_bytes": own.get("missed_bytes", 0),
        "history": own.get("history"),
        "orig_pkts": source["packets"],
        "orig_ip_bytes": own["ip_bytes"]["source"],
        "resp_pkts": destination["packets"],
        "resp_ip_bytes": own["ip_bytes"]["destination"],
        "ip_proto": int(network["iana_number"]),
    }
