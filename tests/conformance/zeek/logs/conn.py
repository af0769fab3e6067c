"""`conn`: a flow record.

ICMP has the type in the column of the originator's port and in the other the type that answers it (echo), else the code.
Of TCP, and of Teredo, a service is named only where both ends spoke, as Zeek confirms it; bytes are those of the streams, each
once; and the duration ends before the final ACK.
"""

from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.logs.tunnel import NO_NEXT_HEADER
from tests.conformance.zeek.registry import Among, Row, ends, log, of

_SERVICE: dict[str, str | None] = {
    "kerberos": "krb",
    "dcerpc": "dce_rpc",
    "tls": "ssl",
    "dtls": "ssl",
    "mdns": "dns",
    "llmnr": "dns",
    "ftp_data": "ftp-data",
    "http2": "http2",
    "gtp": "gtpv1",
    "gre-udp": None,
}
#: Services of protocols that we do not read yet.
_LATER = frozenset({"radius", "rdpeudp", "redis", "syslog"})
#: Services that Zeek names after their transport too.
_BY_TRANSPORT = {("kerberos", "tcp"): "krb_tcp", ("ldap", "tcp"): "ldap_tcp", ("ldap", "udp"): "ldap_udp"}
#: ICMP types that answer each other (RFC 792, 1256, 950; RFC 4443, 4861, 2710, 4620, 4068 for version 6).
_PAIRS = {
    "icmp": ((8, 0), (13, 14), (15, 16), (17, 18), (10, 9)),
    "ipv6-icmp": ((128, 129), (133, 134), (135, 136), (130, 131), (139, 140), (144, 145)),
}
_PROTO = {"tcp": "tcp", "udp": "udp", "icmp": "icmp", "ipv6-icmp": "icmp"}


@log("conn")
def conn(events: Sequence[Event]) -> Iterator[Row]:
    """One row a final record."""
    for event in of(events, "network.flow"):
        # GRE and IP in IP are packets of a tunnel there and no connection; nor are packets that carry nothing.
        if event["network"]["iana_number"] == NO_NEXT_HEADER:
            continue
        is_envelope = "carries" in event["khien"].get("tunnel", {}) and event["network"].get("transport") != "udp"
        if event["event"]["action"] == "flow-end" and not is_envelope:
            yield _row(event)


@log("conn@core.tunnels.gtp.inner_teredo")
def conn_of_hasty_teredo(events: Sequence[Event]) -> Iterator[Row]:
    """The test sets `Tunnel::delay_teredo_confirmation=F`: one end that speaks is enough."""
    by_ends = {tuple(ends(event).values()): event for event in of(events, "network.flow")}
    for row in conn(events):
        event = by_ends.get((row["id.orig_h"], row["id.orig_p"], row["id.resp_h"], row["id.resp_p"]))
        is_teredo = event is not None and event["network"].get("protocol") == "teredo"
        yield row | ({"service": Among("teredo", _LATER)} if is_teredo else {})


def _row(event: Event) -> Row:
    network, own = event["network"], event["khien"]["flow"]
    source, destination = event["source"], event["destination"]
    row = ends(event)
    if "icmp" in event:
        row |= _icmp_ports(network["transport"], event["icmp"])
    size = own.get("stream_bytes", own["payload_bytes"])
    has_size = source["packets"] + destination["packets"] > 1
    # Of what is neither TCP nor UDP Zeek tells no state and no history.
    has_states = network.get("transport") in ("tcp", "udp")
    is_known = network.get("transport") in _PROTO
    return row | {
        "proto": _PROTO.get(network.get("transport", ""), "unknown_transport"),
        "service": Among(_service(network, size), _LATER),
        "duration": own.get("duration", event["event"]["duration"]) / 1e9 if has_size else None,
        "orig_bytes": (size.get("source", 0) if is_known else 0) if has_size else None,
        "resp_bytes": (size.get("destination", 0) if is_known else 0) if has_size else None,
        "conn_state": own["conn_state"] if has_states else "OTH",
        "missed_bytes": own.get("missed_bytes", 0),
        "history": own.get("history") if has_states else None,
        "orig_pkts": source["packets"],
        "orig_ip_bytes": own["ip_bytes"]["source"],
        "resp_pkts": destination["packets"],
        "resp_ip_bytes": own["ip_bytes"]["destination"],
        "ip_proto": int(network["iana_number"]),
    }


def _service(network: Event, size: Event) -> str | None:
    protocol: str | None = network.get("protocol")
    # Over a data connection of FTP only one end ever speaks.
    needs_both = (network.get("transport") == "tcp" or protocol == "teredo") and protocol != "ftp-data"
    is_confirmed = not needs_both or all(size.values())
    if protocol is None or not is_confirmed:
        return None
    name = _SERVICE.get(protocol, protocol)
    return _BY_TRANSPORT.get((protocol, network["transport"]), name)


def _icmp_ports(transport: str, icmp: Event) -> Row:
    counterpart = {one: other for pair in _PAIRS.get(transport, ()) for one, other in (pair, pair[::-1])}
    return {"id.orig_p": icmp["type"], "id.resp_p": counterpart.get(icmp["type"], icmp["code"])}
