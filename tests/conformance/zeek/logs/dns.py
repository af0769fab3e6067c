"""`dns`: a query and its answer in one row."""

from collections.abc import Callable, Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of, seconds

_CLASS: dict[str | None, tuple[int | None, str | None]] = {
    "IN": (1, "C_INTERNET"),
    "CH": (3, "C_CHAOS"),
    "HS": (4, "C_HESIOD"),
    "NONE": (254, "C_NONE"),
    "ANY": (255, "C_ANY"),
}
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
    "TKEY": 249,
    "ANY": 255,
    "CAA": 257,
}
_TYPE_NAMES = {"ANY": "*"}
_RCODE = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5, "YXDOMAIN": 6}
_OPCODE = {"QUERY": (0, "query"), "IQUERY": (1, "inverse-query"), "STATUS": (2, "server-status-request")}
#: Records that Zeek makes no answer of.
_UNTOLD = frozenset({"OPT", "TKEY", "TSIG"})
#: Records whose data is a name, which Zeek writes in lower case.
_NAMES = frozenset({"CNAME", "MX", "NS", "PTR", "SOA", "SRV", "RRSIG"})
#: The private type by which BIND marks a zone that it is signing.
_BIND_SIGNING = "65534"
#: Zeek's Z is three bits: the reserved one, AD and CD.
_Z_BITS = {"AD": 2, "CD": 1}


@log("dns")
def dns(events: Sequence[Event]) -> Iterator[Row]:
    """Answers with their queries, then the queries that nobody answered."""
    queries: dict[tuple[str, int], Event] = {}
    for event in of(events, "network.dns"):
        key = (event["khien"]["flow"]["id"], event["khien"].get("tx", -1))
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
    flags = query["dns"].get("header_flags", ()) if query else ()
    opcode = _OPCODE.get(ours.get("op_code", "QUERY"), (None, None))
    row = ends(event) | {
        "proto": event["network"]["transport"],
        "trans_id": int(ours["id"]),
        "query": _name(event),
        "RD": "RD" in flags,
        "TC": "TC" in flags,
        "Z": 4 * own.get("z", 0) + sum(_Z_BITS.get(flag, 0) for flag in flags),
        "opcode": opcode[0],
        "opcode_name": opcode[1],
    }
    return row | _asked(query) | _answered(answer)


def _name(event: Event) -> str | None:
    """The name asked for; of an answer without a question the name of its first record."""
    question: Event = event["dns"].get("question") or next(iter(event["dns"].get("answers", ())), {})
    name = question.get("name")
    return None if name is None else str(name).lower()


def _asked(query: Event | None) -> Row:
    """What only the query tells."""
    asked = query["dns"].get("question", {}) if query else {}
    kind, name_of_class = asked.get("type"), asked.get("class")
    number, class_name = _CLASS.get(name_of_class, (None, None))
    is_known = kind in _TYPE
    return {
        "qclass": number,
        "qclass_name": class_name,
        "qtype": None if kind is None else _TYPE[kind] if is_known else int(kind),
        "qtype_name": None if kind is None else _TYPE_NAMES.get(kind, kind) if is_known else f"query-{kind}",
    }


def _answered(answer: Event | None) -> Row:
    """What the answer tells: without a record that Zeek knows only how it went."""
    if answer is None:
        return dict.fromkeys(("rtt", "rcode", "rcode_name", "answers", "TTLs", "auth", "addl")) | {
            "AA": False,
            "RA": False,
            "rejected": False,
        }
    ours, own = answer["dns"], answer["khien"].get("dns", {})
    code = ours.get("response_code", "NOERROR")
    answers = [entry for entry in ours.get("answers", ()) if entry["type"] not in _UNTOLD]
    flags = ours.get("header_flags", ()) if answers else ()
    row: Row = {
        "rtt": seconds(answer) if answers else None,
        "rcode": _RCODE.get(code),
        "rcode_name": code,
        "AA": "AA" in flags,
        "RA": "RA" in flags,
        "answers": [_text(entry) for entry in answers] or None,
        "TTLs": [float(entry.get("ttl", 0)) for entry in answers] or None,
        "rejected": bool(own.get("rejected")),
    }
    for column, section in (("auth", "authorities"), ("addl", "additionals")):
        row[column] = [_text(entry) for entry in own.get(section, ()) if entry["type"] not in _UNTOLD] or None
    return row


def _text(entry: Event) -> str:
    """A record as Zeek writes it: addresses and names as they are, of the others the kind and a few of its numbers."""
    kind, data = entry["type"], str(entry.get("data", ""))
    if kind in {"TXT", "SPF"}:
        strings = entry.get("strings") or [{"length": len(data), "text": data}]
        return " ".join(f"{kind} {string['length']} {string.get('text', '')}" for string in strings)
    if kind in _NAMES:
        data = data.lower()
    write = _FORMS.get(kind)
    return data if write is None else write(data.split(" "))


def _precision(text: str) -> int:
    """`30m` as the byte of RFC 1876: a digit and a power of ten, in centimetres."""
    centimetres, power = round(float(text.removesuffix("m")) * 100), 0
    while centimetres >= 10:
        centimetres, power = centimetres // 10, power + 1
    return centimetres << 4 | power


#: Kinds that are not written as their data, by the words of it.
_FORMS: dict[str, Callable[[list[str]], str]] = {
    "SOA": lambda words: words[0],
    "MX": lambda words: words[-1],
    "SRV": lambda words: words[-1],
    "RRSIG": lambda words: f"RRSIG {_TYPE.get(words[0].upper(), words[0])} {words[7]}",
    "DS": lambda words: f"DS {words[1]} {words[2]}",
    "DNSKEY": lambda words: f"DNSKEY {words[2]}",
    "NSEC3": lambda _: "NSEC3",
    "NSEC3PARAM": lambda _: "NSEC3PARAM",
    "LOC": lambda words: f"LOC:  {' '.join(str(_precision(word)) for word in words[-3:])}",
    _BIND_SIGNING: lambda _: "BIND9 signing signal",
}
