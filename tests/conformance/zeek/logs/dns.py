"""`dns`: a query and its answer in one row."""

import ipaddress
from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of, seconds

_CLASS = {"IN": (1, "C_INTERNET"), "CH": (3, "C_CHAOS"), "HS": (4, "C_HESIOD"), "NONE": (254, "C_NONE"), "ANY": (255, "C_ANY")}
_TYPE = {
    "A": 1,
    "NS": 2,
    "CNAME": 5,
    "SOA": 6,
    "WKS": 11,
    "PTR": 12,
    "HINFO": 13,
    "MX": 15,
    "TXT": 16,
    "AAAA": 28,
    "LOC": 29,
    "SRV": 33,
    "NAPTR": 35,
    "DS": 43,
    "SSHFP": 44,
    "RRSIG": 46,
    "NSEC": 47,
    "DNSKEY": 48,
    "NSEC3": 50,
    "NSEC3PARAM": 51,
    "SVCB": 64,
    "HTTPS": 65,
    "SPF": 99,
    "ANY": 255,
    "CAA": 257,
}
_TYPE_NAMES = {"ANY": "*"}
_RCODE = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5, "YXDOMAIN": 6}
_OPCODE = {"QUERY": (0, "query"), "IQUERY": (1, "inverse-query"), "STATUS": (2, "server-status-request")}
#: Types whose text in `answers` begins with the type's name.
_NAMED = frozenset({"TXT", "SPF", "RRSIG", "DNSKEY", "DS", "NSEC", "NSEC3", "NSEC3PARAM", "LOC", "SSHFP", "NAPTR"})


@log("dns")
def dns(events: Sequence[Event]) -> Iterator[Row]:
    """Answers with their queries, then the queries that nobody answered."""
    queries: dict[tuple[str, int, str], Event] = {}
    for event in of(events, "network.dns"):
        key = (event["khien"]["flow"]["id"], event["khien"].get("tx", -1), event["dns"]["id"])
        if event["dns"]["type"] == "query":
            queries[key] = event
        else:
            yield _row(queries.pop(key, None), event)
    for query in queries.values():
        yield _row(query, None)


def _row(query: Event | None, answer: Event | None) -> Row:
    event = query or answer
    assert event is not None
    ours, own = event["dns"], event["khien"].get("dns", {})
    asked = ours.get("question") or (answer or event)["dns"].get("question") or {}
    flags = set(ours.get("header_flags", ())) | set((answer or event)["dns"].get("header_flags", ()))
    kind, name_of_class = asked.get("type"), asked.get("class")
    opcode = _OPCODE.get(ours.get("op_code", "QUERY"), (None, None))
    row = ends(event) | {
        "proto": event["network"]["transport"],
        "trans_id": int(ours["id"]),
        "query": asked.get("name"),
        "qclass": _CLASS[name_of_class][0] if name_of_class in _CLASS else None,
        "qclass_name": _CLASS[name_of_class][1] if name_of_class in _CLASS else None,
        "qtype": None if kind is None else _TYPE.get(kind, int(kind) if kind.isdecimal() else None),
        "qtype_name": None if kind is None else _TYPE_NAMES.get(kind, kind),
        "AA": "AA" in flags,
        "TC": "TC" in flags,
        "RD": "RD" in flags,
        "RA": "RA" in flags,
        "Z": own.get("z", 0),
        "opcode": opcode[0],
        "opcode_name": opcode[1],
    }
    return row | _answered(answer)


def _answered(answer: Event | None) -> Row:
    if answer is None:
        return dict.fromkeys(("rtt", "rcode", "rcode_name", "answers", "TTLs")) | {"rejected": False}
    ours = answer["dns"]
    code = ours.get("response_code", "NOERROR")
    answers = ours.get("answers", [])
    return {
        "rtt": seconds(answer),
        "rcode": _RCODE.get(code),
        "rcode_name": code,
        "answers": [_text(entry) for entry in answers] or None,
        "TTLs": [float(entry.get("ttl", 0)) for entry in answers] or None,
        "rejected": bool(answer["khien"].get("dns", {}).get("rejected")),
    }


def _text(entry: Event) -> str:
    data = str(entry.get("data", ""))
    if entry["type"] == "TXT":
        return f"TXT {len(data)} {data}"
    if entry["type"] == "SOA":
        return data.split(" ", maxsplit=1)[0]
    if entry["type"] == "AAAA":
        return str(ipaddress.ip_address(data)) if ":" in data else data
    return f"{entry['type']} {data}" if entry["type"] in _NAMED else data
