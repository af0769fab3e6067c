"""The suite of Arkime's sessions: packets, bytes and community ids exactly, and the fields that both engines have.

Sessions between the same ends are added up (Arkime splits long ones). A field is one check a session and name: the sets of
values must be equal, however they are spelled in upper and lower case.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import khien_engine
import orjson

from tests.conformance.arkime_fields import FIELDS, Field
from tests.conformance.ends import Counters, Ends, counted, end, ends, ends_of
from tests.conformance.engine import Event, Value, read, split
from tests.conformance.ndpi import values_at
from tests.conformance.outcome import Check, Report
from tests.conformance.running import run_all

_SETTINGS: dict[str, Value] = {"checksums": "off", "interim_interval": 0, "midstream": True, "capture_secrets": True}
_TRANSPORTS = {1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 47: "gre", 50: "esp", 51: "ah", 58: "ipv6-icmp", 132: "sctp"}
_TRANSPORTS |= {4: "ipip", 41: "ipv6", 88: "eigrp", 89: "ospf", 103: "pim", 112: "vrrp", 136: "udplite"}
#: Protocols whose sessions there are not kept apart by addresses.
_JOINED = frozenset({"igmp", "pim"})
#: One community id of the data follows no recipe (sensing.md, section 6).
_ODD_ID = "gtp-iphone"


@dataclass(slots=True)
class Judged:
    """The verdicts on one capture."""

    checks: list[Check] = field(default_factory=list)
    unsupported: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    error: str | None = None


def session_ends(body: dict[str, Any]) -> Ends | None:
    """The ends of one of Arkime's sessions; `None` for what is no IP."""
    if "ip" not in body["source"]:
        return None
    number = body["ipProtocol"]
    transport = _TRANSPORTS.get(number, str(number))
    one, other = (end(transport, body[name]["ip"], body[name].get("port", 0)) for name in ("source", "destination"))
    return ends(transport, one, other)


def sessions(path: Path) -> list[dict[str, Any]]:
    """The bodies of a `.test` file."""
    return [entry["body"] for entry in orjson.loads(path.read_bytes())["sessions3"]]


def run_capture(path: Path) -> Judged:
    """Judge one capture."""
    judged = Judged()
    try:
        events = read(path, split(_SETTINGS)[0]).events
    except khien_engine.EngineError as error:
        judged.error, events = f"{path.name}: {error}", ()
    bodies = [(number, session_ends(body), body) for number, body in enumerate(sessions(path.with_suffix(".test")))]
    theirs, ours = _their_counters(bodies), counted(events)
    by_ends: dict[Ends, list[Event]] = defaultdict(list)
    for event in events:
        own_key = ends_of(event)
        if own_key is not None:
            by_ends[own_key].append(event)
    for number, key, body in bodies:
        name = f"{path.stem}#{number}"
        if key is None:
            judged.unsupported["a session of frames that are no IP"].append(name)
            continue
        if key[0] in _JOINED:
            judged.unsupported["IGMP and PIM of different addresses in one session"].append(name)
            continue
        _check(judged, name, "packets and bytes", passed=key in ours and ours[key].is_same(theirs[key]))
        _judge_id(judged, name, body, by_ends[key])
        if key[0] == "sctp" or "socks" in body.get("protocol", ()):
            judged.unsupported["what SCTP or SOCKS carries"].append(name)
            continue
        for kind, mapped in FIELDS.items():
            _judge_fields(judged, name, kind, mapped, (body, by_ends[key]))
    return judged


def _their_counters(bodies: list[tuple[int, Ends | None, dict[str, Any]]]) -> dict[Ends, Counters]:
    theirs: dict[Ends, Counters] = defaultdict(Counters)
    for _, key, body in bodies:
        if key is not None:
            for part in (body["source"], body["destination"]):
                theirs[key].add(end(key[0], part["ip"], part.get("port", 0)), packets=part["packets"], size=part["bytes"])
    return theirs


def _check(judged: Judged, name: str, kind: str, *, passed: bool) -> None:
    judged.checks.append(Check(name=name, kind=kind, passed=passed, strict=passed))


def _judge_id(judged: Judged, name: str, body: dict[str, Any], events: list[Event]) -> None:
    expected = body.get("network", {}).get("community_id")
    if expected is None:
        return
    found = {event["network"].get("community_id") for event in events}
    passed = expected in found
    if found and not passed and name.startswith(_ODD_ID):
        judged.unsupported["a community id that follows no recipe"].append(name)
        return
    _check(judged, name, "community id", passed=passed)


def _judge_fields(
    judged: Judged, name: str, kind: str, mapped: tuple[Field, ...], sides: tuple[dict[str, Any], list[Event]]
) -> None:
    body, events = sides
    for one in mapped:
        expected = _texts(values_at(body, one.theirs.split(".")))
        if expected:
            found = _texts(value for event in events for path in one.ours for value in values_at(event, path.split(".")))
            if one.unnamed is not None:
                parent, _, member = one.unnamed[0].rpartition(".")
                holders = (holder for event in events for holder in values_at(event, parent.split(".")))
                found |= {one.unnamed[1] for holder in holders if isinstance(holder, dict) and member not in holder}
            _check(judged, f"{name} {one.theirs}", kind, passed=_turned(one, found) == _turned(one, expected))


def _texts(values: Iterable[object]) -> set[str]:
    return {str(value) for value in values if not isinstance(value, dict)}


def _turned(one: Field, values: set[str]) -> set[str]:
    turned = (one.turn(value).lower() for value in values)
    return {value for value in turned if value}


def captures(root: Path, select: Callable[[str], bool]) -> list[Path]:
    """The captures with an answer beside them."""
    found = (answer.with_suffix(".pcap") for answer in sorted(root.rglob("*.test")))
    return [path for path in found if path.is_file() and select(path.stem)]


def run(root: Path, select: Callable[[str], bool]) -> Report:
    """The whole suite below `root`."""
    report = Report(suite="arkime")
    for judged in run_all(run_capture, captures(root, select), title=report.suite):
        report.extend(judged.checks)
        for reason, names in judged.unsupported.items():
            report.unsupported[reason].extend(names)
        if judged.error is not None:
            report.notes["could not be read"].append(judged.error)
    return report


def show(root: Path, name: str) -> Iterator[str]:
    """The lines to print about one capture."""
    for path in captures(root, lambda candidate: candidate == name):
        events = read(path, split(_SETTINGS)[0]).events
        ours = counted(events)
        for number, body in enumerate(sessions(path.with_suffix(".test"))):
            key = session_ends(body)
            yield f"{name}#{number} {key} {_told(body)}"
            if key is None:
                continue
            counters = ours.get(key)
            told = "no such flow" if counters is None else f"{dict(counters.packets)} {dict(counters.bytes)}"
            yield f"    ours {told}"
            for one in (one for mapped in FIELDS.values() for one in mapped):
                expected = _texts(values_at(body, one.theirs.split(".")))
                same = [event for event in events if ends_of(event) == key]
                found = _texts(value for event in same for path in one.ours for value in values_at(event, path.split(".")))
                if expected and _turned(one, found) != _turned(one, expected):
                    yield f"    {one.theirs}: expected {sorted(expected)}, got {sorted(found)}"


def _told(body: dict[str, Any]) -> str:
    parts = [f"{name} {body[name]['packets']} packets {body[name]['bytes']} bytes" for name in ("source", "destination")]
    return f"{'; '.join(parts)} {datetime.fromtimestamp(body['firstPacket'] / 1000, UTC).isoformat()}"
