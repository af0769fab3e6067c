"""What every EVE record begins with: time, flow, the two ends, the transport, numbers of packet and transaction."""

import ipaddress
from functools import lru_cache

from khien.eve.registry import End, Event, Members, Options

#: `network.transport` as EVE writes it: the names of IANA's protocol numbers.
_PROTO = {
    "tcp": "TCP",
    "udp": "UDP",
    "icmp": "ICMP",
    "ipv6-icmp": "IPv6-ICMP",
    "ipip": "IP-in-IP",
    "ipv6": "IPv6",
    "igmp": "IGMP",
    "gre": "GRE",
    "esp": "ESP",
    "ah": "AH",
    "eigrp": "EIGRP",
    "ospf": "OSPFIGP",
    "pim": "PIM",
    "vrrp": "VRRP",
    "sctp": "SCTP",
    "udplite": "UDPLite",
}
#: `network.protocol` as EVE's `app_proto` spells it, where it differs.
_APP_PROTO = {"kerberos": "krb5", "ftp_data": "ftp-data", "doh": "doh2", "postgresql": "pgsql"}
#: Flow ids are 64 bits here; numbers in JSON are safe up to 2**53.
_FLOW_ID_BITS = 53


@lru_cache(maxsize=65_536)
def address(text: str) -> str:
    """An address as EVE spells it: IPv6 in full, never shortened."""
    return ipaddress.ip_address(text).exploded if ":" in text else text


def time(text: str) -> str:
    """`2026-11-10T02:00:00.123456Z` as EVE spells it."""
    return f"{text[:-1]}+0000"


def app_proto(name: str) -> str:
    """The name of an application protocol in EVE."""
    return _APP_PROTO.get(name, name)


def mac(text: str) -> str:
    """`00-1D-09-F0-92-AB` as EVE spells it."""
    return text.replace("-", ":").lower()


def vlans(event: Event) -> list[int]:
    """VLAN ids, outermost first."""
    network = event.get("network", {})
    ids = [int(part["vlan"]["id"]) for part in (network, network.get("inner", {})) if "vlan" in part]
    ids.extend(event["khien"].get("vlan", []))
    return ids


def head(event: Event, *, event_type: str, sender: End, options: Options) -> Members:
    """The members that all records share, in EVE's order."""
    khien = event["khien"]
    network = event.get("network", {})
    members: Members = {"timestamp": time(event["@timestamp"])}
    flow_id = khien.get("flow", {}).get("id")
    if flow_id is not None:
        members["flow_id"] = int(flow_id, 16) >> (64 - _FLOW_ID_BITS)
    interface = event.get("observer", {}).get("ingress", {}).get("interface", {}).get("name")
    if interface is not None:
        members["in_iface"] = interface
    if event_type != "flow" and "packet" in khien:
        members["pcap_cnt"] = khien["packet"]
    members["event_type"] = event_type
    if "vlan" in network:
        members["vlan"] = vlans(event)
    if "packet" in khien and "tunnel" not in khien:
        members["pkt_src"] = "wire/pcap"
    receiver: End = "destination" if sender == "source" else "source"
    _put_end(members, event.get(sender, {}), "src")
    _put_end(members, event.get(receiver, {}), "dest")
    _put_transport(members, network)
    if "tx" in khien:
        members["tx_id"] = khien["tx"]
    if "community_id" in network:
        members["community_id"] = network["community_id"]
    if options.ethernet:
        _put_ether(members, event, sender=sender, receiver=receiver)
    return members


def _put_end(members: Members, end: Event, name: str) -> None:
    if "ip" in end:
        members[f"{name}_ip"] = address(end["ip"])
    if "port" in end:
        members[f"{name}_port"] = end["port"]


def _put_transport(members: Members, network: Event) -> None:
    transport = network.get("transport")
    if transport is not None:
        members["proto"] = _PROTO.get(transport, transport)
    elif "iana_number" in network:
        members["proto"] = network["iana_number"]
    family = network.get("type")
    if family is not None:
        members["ip_v"] = 6 if family == "ipv6" else 4


def _put_ether(members: Members, event: Event, *, sender: End, receiver: End) -> None:
    ether = {
        name: mac(event[end]["mac"]) for name, end in (("src_mac", sender), ("dest_mac", receiver)) if "mac" in event.get(end, {})
    }
    if ether:
        members["ether"] = ether
