"""`dns`, `mdns`, `llmnr` in version 3 of the form: `request` and `response`, `queries[]`, answers and their grouping."""

import re

from khien.eve.head import address
from khien.eve.registry import End, Event, Members, Options, record

_OPCODE = {"QUERY": 0, "IQUERY": 1, "STATUS": 2, "NOTIFY": 4, "UPDATE": 5, "DSO": 6}
_RCODE = {
    "NOERROR": 0,
    "FORMERR": 1,
    "SERVFAIL": 2,
    "NXDOMAIN": 3,
    "NOTIMP": 4,
    "REFUSED": 5,
    "YXDOMAIN": 6,
    "YXRRSET": 7,
    "NXRRSET": 8,
    "NOTAUTH": 9,
    "NOTZONE": 10,
}
_FLAG_BITS = {"AA": 0x400, "TC": 0x200, "RD": 0x100, "RA": 0x80, "AD": 0x20, "CD": 0x10}
#: The flags that EVE names, in its order.
_FLAG_NAMES = (("AA", "aa"), ("TC", "tc"), ("RD", "rd"), ("RA", "ra"))
#: Record types whose data EVE groups.
_GROUPED = frozenset({"A", "AAAA", "CNAME", "MX", "NS", "NULL", "PTR", "TXT", "SRV"})
_SOA = ("mname", "rname", "serial", "refresh", "retry", "expire", "minimum")
_SSHFP = re.compile(r"(\d+) (\d+) ([0-9A-Fa-f]+)")


def _sender(event: Event) -> End:
    return "source" if event["dns"]["type"] == "query" else "destination"


def _event_type(event: Event) -> str:
    protocol: str = event["network"].get("protocol", "dns")
    return protocol if protocol in {"mdns", "llmnr"} else "dns"


@record("network.dns", event_type=_event_type, sender=_sender)
def dns(event: Event, _: Options) -> Members:
    """One message."""
    ours, own = event["dns"], event["khien"].get("dns", {})
    is_answer = ours["type"] == "answer"
    body: Members = {"version": 3, "type": "response" if is_answer else "request"}
    if "tx" in event["khien"]:
        body["tx_id"] = event["khien"]["tx"]
    body["id"] = int(ours["id"])
    if is_answer:
        body["flags"] = f"{_flags(ours, own):04x}"
        body["qr"] = True
    flags = ours.get("header_flags", ())
    body.update((name, True) for flag, name in _FLAG_NAMES if flag in flags)
    if own.get("z"):
        body["z"] = True
    body["opcode"] = _number(ours.get("op_code", "QUERY"), _OPCODE)
    if is_answer:
        body["rcode"] = ours.get("response_code", "NOERROR")
    questions = own.get("questions") or ([ours["question"]] if "question" in ours else [])
    if questions:
        body["queries"] = [_question(question) for question in questions]
    _put_records(body, ours, own)
    return {_event_type(event): body}


def _put_records(body: Members, ours: Event, own: Event) -> None:
    answers = ours.get("answers")
    if answers:
        body["answers"] = [_record(answer) for answer in answers]
        grouped: dict[str, list[str]] = {}
        for answer in body["answers"]:
            if answer["rrtype"] in _GROUPED and "rdata" in answer:
                grouped.setdefault(answer["rrtype"], []).append(answer["rdata"])
        if grouped:
            body["grouped"] = grouped
    for section in ("authorities", "additionals"):
        if section in own:
            body[section] = [_record(entry) for entry in own[section]]


def _flags(ours: Event, own: Event) -> int:
    """The second 16 bits of the header (RFC 1035, 4.1.1), from their parts."""
    flags = 0x8000 | _number(ours.get("op_code", "QUERY"), _OPCODE) << 11
    flags |= sum(_FLAG_BITS.get(name, 0) for name in ours.get("header_flags", ()))
    flags |= 0x40 if own.get("z") else 0
    return flags | _number(ours.get("response_code", "NOERROR"), _RCODE) & 15


def _number(name: str, numbers: dict[str, int]) -> int:
    number = numbers.get(name)
    return number if number is not None else int(name) if name.isdecimal() else 0


def _name(text: str) -> str:
    return "" if text == "." else text


def _question(question: Event) -> Members:
    members: Members = {"rrname": _name(question.get("name", "")), "rrtype": question["type"]}
    if question.get("name_truncated"):
        members["rrname_truncated"] = True
    return members


def _record(entry: Event) -> Members:
    members: Members = {"rrname": _name(entry.get("name", "")), "rrtype": entry["type"], "ttl": entry.get("ttl", 0)}
    data = entry.get("data", "")
    match entry["type"]:
        case "AAAA" if ":" in data:
            members["rdata"] = address(data)
        case "SOA" if data.count(" ") == len(_SOA) - 1:
            values = data.split(" ")
            members["soa"] = dict(zip(_SOA, (*values[:2], *map(int, values[2:])), strict=True))
        case "SSHFP" if (match := _SSHFP.fullmatch(data)) is not None:
            algorithm, kind, digest = match.groups()
            members["sshfp"] = {"fingerprint": ":".join(re.findall("..", digest)), "algo": int(algorithm), "type": int(kind)}
        case "OPT":
            del members["ttl"]
        case _:
            members["rdata"] = data
    return members
