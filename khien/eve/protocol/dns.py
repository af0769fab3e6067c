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
_GROUPED = frozenset({"A", "AAAA", "CNAME", "MX", "NS", "NULL", "PTR", "SRV", "SSHFP", "TXT"})
#: Where `khien.truncated` tells of a cut name of a question.
_QUESTION_NAMES = ("dns.question.name", "khien.dns.questions.name")
_MAX_NAME = 1_025
_SRV = ("priority", "weight", "port", "name")
_SOA = ("mname", "rname", "serial", "refresh", "retry", "expire", "minimum")
_SSHFP = re.compile(r"(\d+) (\d+) ([0-9A-Fa-f]+)")


def _sender(event: Event) -> End:
    is_reversed = event["khien"].get("dns", {}).get("reversed", False)
    return "source" if (event["dns"]["type"] == "query") != is_reversed else "destination"


def _event_type(event: Event) -> str:
    protocol: str = event["network"].get("protocol", "dns")
    return protocol if protocol in {"mdns", "llmnr"} else "dns"


@record("network.dns", event_type=_event_type, sender=_sender)
def dns(event: Event, _: Options) -> Members:
    """One message. mDNS and LLMNR have a form of their own: types in lower case, data under the name of the type."""
    event_type = _event_type(event)
    ours, own = event["dns"], event["khien"].get("dns", {})
    is_answer = ours["type"] == "answer"
    body: Members = {"type": "response" if is_answer else "request"}
    if event_type == "dns":
        body = {"version": 3, **body, "tx_id": own.get("message", 0)}
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
        is_cut = any(name in event["khien"].get("truncated", ()) for name in _QUESTION_NAMES)
        body["queries"] = [_question(question, is_cut=is_cut) for question in questions]
    _put_records(body, ours, own)
    return {event_type: body if event_type == "dns" else _lowered(body)}


def _put_records(body: Members, ours: Event, own: Event) -> None:
    """The three sections. A TXT record is as many answers as it has strings."""
    answers = [member for answer in ours.get("answers", ()) for member in _records(answer, own)]
    if answers:
        body["answers"] = answers
        grouped: dict[str, list[object]] = {}
        for answer in answers:
            if answer["rrtype"] in _GROUPED:
                data = answer.get("rdata", answer.get(answer["rrtype"].lower()))
                grouped.setdefault(answer["rrtype"], []).append(data)
        if grouped:
            body["grouped"] = grouped
    for section in ("authorities", "additionals"):
        if section in own:
            body[section] = [member for entry in own[section] for member in _records(entry, own)]


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


def _question(question: Event, *, is_cut: bool) -> Members:
    name = _name(question.get("name", ""))
    members: Members = {"rrname": name, "rrtype": question["type"]}
    # Our list of cut fields names the field once for all questions; a cut name is as long as names may be.
    if is_cut and len(name.encode()) >= _MAX_NAME:
        members["rrname_truncated"] = True
    return members


def _records(entry: Event, own: Event) -> list[Members]:
    members: Members = {"rrname": _name(entry.get("name", "")), "rrtype": entry["type"], "ttl": entry.get("ttl", 0)}
    if "strings" in entry:
        return [members | {"rdata": string.get("text", "")} for string in entry["strings"]]
    return [members | _data(entry, own)]


def _data(entry: Event, own: Event) -> Members:
    """A record's data: an object of its own for some types, text for the others."""
    kind, data = entry["type"], entry.get("data", "")
    if kind == "OPT":
        options = own.get("edns", {}).get("options", ())
        return {"opt": [{"code": option["code"], "data": option.get("data", "")} for option in options]}
    if kind == "SOA" and data.count(" ") == len(_SOA) - 1:
        values = data.split(" ")
        return {"soa": dict(zip(_SOA, (*values[:2], *map(int, values[2:])), strict=True))}
    if kind == "SRV" and data.count(" ") == len(_SRV) - 1:
        *numbers, name = data.split(" ")
        return {"srv": dict(zip(_SRV, (*map(int, numbers), name), strict=True))}
    if kind == "SSHFP" and (match := _SSHFP.fullmatch(data)) is not None:
        algorithm, form, digest = match.groups()
        return {"sshfp": {"fingerprint": ":".join(re.findall("..", digest)), "algo": int(algorithm), "type": int(form)}}
    return {"rdata": _text(kind, data)}


def _text(kind: str, data: str) -> str:
    if kind == "AAAA" and ":" in data:
        return address(data)
    return data.partition(" ")[2] if kind == "MX" and " " in data else data


def _lowered(body: Members) -> Members:
    """The form of mDNS and LLMNR."""
    for section in ("queries", "answers", "authorities", "additionals"):
        for entry in body.get(section, ()):
            kind = entry["rrtype"] = entry["rrtype"].lower()
            if "rdata" in entry:
                entry[kind] = [entry.pop("rdata")] if kind == "txt" else entry.pop("rdata")
    body.pop("grouped", None)
    return body
