"""`flow`: the final record of a flow. Interim records and summaries of evicted flows have no counterpart."""

from datetime import datetime

from khien.eve.head import app_proto, time, vlans
from khien.eve.registry import End, Event, Members, Options, record

#: Ours to EVE's: a closed flow waits out its time there before its record is written; one evicted was forced out.
_REASON = {"closed": "timeout", "evicted": "forced"}
_FLAGS = (("fin", 0x01), ("syn", 0x02), ("rst", 0x04), ("psh", 0x08), ("ack", 0x10), ("urg", 0x20), ("ecn", 0x40), ("cwr", 0x80))
_WITH_PAYLOAD = ("tcp", "udp")
#: Tunnels that carry frames: their lengths count with a link header of 14 bytes, and 4 for each VLAN tag.
_WITH_FRAMES = frozenset({"vxlan", "geneve", "erspan"})


def first_sender(event: Event) -> End:
    """Who sent the first packet is to the server there; ours may know better of datagrams that nobody answered."""
    is_silent = event["source"].get("packets") == 0
    return "destination" if is_silent and event["network"].get("transport") != "tcp" else "source"


@record("network.flow", event_type="flow", sender=first_sender)
def flow(event: Event, _: Options) -> Members | None:
    """Counters of both directions, state, and for TCP the flags."""
    if event["event"].get("action") != "flow-end":
        return None
    own = event["khien"]
    # What GRE carries has a flow there, its packets have none.
    if "carries" in own.get("tunnel", {}) and event["network"].get("transport") == "gre":
        return None
    own_flow = own["flow"]
    members: Members = {}
    _put_protocol(members, event)
    sender = first_sender(event)
    receiver: End = "destination" if sender == "source" else "source"
    start, end = event["event"]["start"], event["event"]["end"]
    members["flow"] = {
        "pkts_toserver": event[sender]["packets"],
        "pkts_toclient": event[receiver]["packets"],
        "bytes_toserver": _bytes(event, sender),
        "bytes_toclient": _bytes(event, receiver),
        "start": time(start),
        "end": time(end),
        "age": _whole_seconds(end) - _whole_seconds(start),
        "state": own_flow["state"],
        "reason": _REASON.get(own_flow["reason"], own_flow["reason"]),
        "alerted": False,
    }
    if own_flow.get("emergency"):
        members["flow"]["emergency"] = True
    if "spi" in own:
        members["spi"] = own["spi"]
    if "icmp" in event:
        members["icmp_type"] = event["icmp"]["type"]
        members["icmp_code"] = event["icmp"]["code"]
    if "tcp" in own:
        members["tcp"] = _tcp(own["tcp"])
    return members


def _put_protocol(members: Members, event: Event) -> None:
    network, own_flow = event["network"], event["khien"]["flow"]
    recognised = network.get("protocol")
    carries = event["khien"].get("tunnel", {}).get("carries")
    if recognised is not None and recognised != carries:
        members["app_proto"] = app_proto(recognised)
    elif network.get("transport") in _WITH_PAYLOAD and any(own_flow.get("payload_bytes", {}).values()):
        members["app_proto"] = "failed"
    by_end = own_flow.get("protocol", {})
    if "source" in by_end and "destination" in by_end and by_end["source"] != by_end["destination"]:
        members["app_proto_ts"] = app_proto(by_end["source"])
        members["app_proto_tc"] = app_proto(by_end["destination"])
    original = own_flow.get("protocol", {}).get("original")
    if original is not None:
        members["app_proto_orig"] = app_proto(original)


def _bytes(event: Event, end: End) -> int:
    """Inside a tunnel the length of the inner packet or frame counts, not that of the frame on the wire."""
    tunnel = event["khien"].get("tunnel", {})
    counted: int = event[end]["bytes"]
    if "parent" not in tunnel:
        return counted
    header = 14 + 4 * len(vlans(event)) if tunnel["type"] in _WITH_FRAMES else 0
    inner: int = event["khien"]["flow"]["ip_bytes"][end]
    return inner + header * int(event[end]["packets"])


def _whole_seconds(text: str) -> int:
    """EVE's age is the difference of the seconds, their fractions cut off."""
    return int(datetime.fromisoformat(text).timestamp() // 1)


def _tcp(tcp: Event) -> Members:
    if tcp["state"] == "none":
        return {"tcp_flags": "00", "tcp_flags_ts": "00", "tcp_flags_tc": "00"}
    sent, answered = (tcp["flags"].get(end, "00") for end in ("source", "destination"))
    both = int(sent, 16) | int(answered, 16)
    members: Members = {"tcp_flags": f"{both:02x}", "tcp_flags_ts": sent, "tcp_flags_tc": answered}
    members.update((name, True) for name, bit in _FLAGS if both & bit)
    members["state"] = tcp["state"]
    for ours, theirs in (("source", "ts_max_regions"), ("destination", "tc_max_regions")):
        if ours in tcp.get("max_regions", {}):
            members[theirs] = tcp["max_regions"][ours]
    return members
