"""The event as a line: the frame that producers write and the stamp of ingest (docs/concepts/contracts.md, section 1).

`stamp_reference` is the meaning of `khien_engine.detect.stamp` in plain Python: the oracle of its tests, not its equal in
speed. `encode` is for producers written in Python.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from khien.delivery import LINE_BYTES

#: Deepest nesting of an event; the outermost object is level 1.
MAX_DEPTH = 32
_MAX_ADDRESSES = 16

#: What ingest alone may say, by the object it stands in.
STAMPED: Mapping[str, frozenset[str]] = {
    "event": frozenset({"id", "ingested"}),
    "khien": frozenset({"dataset", "sensor", "epoch", "seq", "asset", "unit"}),
}

_TIME = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_OPENING = b'{"@timestamp":"'
_EVENT = b'","event":{'
_TIME_LENGTH = 27
#: Structure characters outside of texts, to measure depth before anything recurses.
_TEXT_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)

JsonObject = dict[str, Any]


class LineRejected(ValueError):  # noqa: N818 - what happened to the line, not a failure of the program
    """One line is refused; `code` is the engine's code for it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Stamped:
    """`lines`: `count` newline-terminated lines; `rejected`: (index of the line in the batch, code)."""

    lines: bytes
    count: int
    rejected: list[tuple[int, str]]


def encode(event: Mapping[str, Any]) -> bytes:
    """One line in the frame: `@timestamp`, `event` and last `khien`; raises `LineRejected` when the engine would."""
    middle = {name: value for name, value in event.items() if name not in {"@timestamp", "event", "khien"}}
    try:
        framed = {"@timestamp": event["@timestamp"], "event": event["event"], **middle, "khien": event["khien"]}
    except KeyError as missing:
        raise LineRejected("line_frame") from missing
    line = orjson.dumps(framed) + b"\n"
    check_line(line)
    return line


def check_line(line: bytes) -> JsonObject:
    """The event of a producer's line (newline included), or `LineRejected`."""
    body = _without_newline(line)
    event = parse_strict(body)
    _check_frame(body, event)
    if not _is_moment(body[len(_OPENING) : len(_OPENING) + _TIME_LENGTH]):
        raise LineRejected("line_time")
    return event


def stamp_reference(
    lines: bytes,
    *,
    sensor: str,
    epoch: int,
    first_seq: int,
    dataset: str,
    ingested: str,
    inventory: bytes | None,
) -> Stamped:
    """Stamp as `khien_engine.detect.stamp` does; `inventory` is the document itself."""
    networks = None if inventory is None else _networks(inventory)
    hosts = {} if inventory is None else _hosts(inventory)
    out: list[bytes] = []
    rejected: list[tuple[int, str]] = []
    for index, line in enumerate(_split(lines)):
        try:
            event = check_line(line)
        except LineRejected as refused:
            rejected.append((index, refused.code))
            continue
        event_part = f'"id":"{sensor}-{epoch}-{first_seq + index}","ingested":"{ingested}",'
        khien_part = f',"dataset":"{dataset}","sensor":"{sensor}","epoch":{epoch},"seq":{first_seq + index}'
        if networks is not None:
            khien_part += _owners(event, networks, hosts)
        start = len(_OPENING) + _TIME_LENGTH + len(_EVENT)
        body = line[:-1]
        out.append(body[:start] + event_part.encode() + body[start:-2] + khien_part.encode() + body[-2:] + b"\n")
    return Stamped(lines=b"".join(out), count=len(out), rejected=rejected)


def parse_strict(body: bytes) -> JsonObject:
    """Read JSON without what readers disagree about; raises `LineRejected`."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LineRejected("line_json") from error
    if _depth(body) > MAX_DEPTH:
        raise LineRejected("line_depth")
    try:
        value = json.loads(text, object_pairs_hook=_members, parse_constant=_no_constant, parse_float=_float, parse_int=_int)
    except LineRejected:
        raise
    except ValueError as error:
        raise LineRejected("line_json") from error
    _refuse_surrogates(value)
    if not isinstance(value, dict):
        raise LineRejected("line_frame")
    return value


def _split(lines: bytes) -> Iterator[bytes]:
    parts = lines.split(b"\n")
    for part in parts[:-1]:
        yield part + b"\n"
    if parts[-1]:
        yield parts[-1]


def _without_newline(line: bytes) -> bytes:
    if len(line) > LINE_BYTES:
        raise LineRejected("line_length")
    if not line.endswith(b"\n"):
        raise LineRejected("line_frame")
    return line[:-1]


def _check_frame(body: bytes, event: JsonObject) -> None:
    names = list(event)
    start = len(_OPENING) + _TIME_LENGTH
    is_framed = (
        body.startswith(_OPENING)
        and body[start : start + len(_EVENT)] == _EVENT
        and names[:2] == ["@timestamp", "event"]
        and names[-1] == "khien"
        and isinstance(event["khien"], dict)
        and body.endswith(b"}}")
    )
    if not is_framed or not event["event"] or not event["khien"] or not _is_last_name_plain(body):
        raise LineRejected("line_frame")
    for parent, stamped in STAMPED.items():
        if stamped & event[parent].keys() or any(f"{parent}.{name}" in event for name in stamped):
            raise LineRejected("line_frame")


def _is_last_name_plain(body: bytes) -> bool:
    """Whether the last name at level 1 is spelled `khien` and not with escapes."""
    depth, texts = 0, []
    for found in _TEXT_OR_BRACKET.finditer(body):
        token = found[0]
        if token in b"[{":
            depth += 1
        elif token in b"]}":
            depth -= 1
        elif depth == 1:
            texts.append(token)
    return texts[-1] == b'"khien"'


def _is_moment(time: bytes) -> bool:
    if _TIME.fullmatch(time) is None:
        return False
    try:
        dt.datetime.fromisoformat(time.decode())
    except ValueError:
        return False
    # Python 3.13 reads 24:00 as the next midnight; the frame knows no such hour.
    return time[11:13] != b"24"


def _depth(body: bytes) -> int:
    depth = deepest = 0
    for found in _TEXT_OR_BRACKET.finditer(body):
        if found[0] in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif found[0] in b"]}":
            depth -= 1
    return deepest


def _members(pairs: Sequence[tuple[str, Any]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise LineRejected("line_duplicate")
    return found


def _no_constant(name: str) -> None:
    raise LineRejected("line_json") from ValueError(name)


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise LineRejected("line_json")
    return value


def _int(text: str) -> int | float:
    # Python refuses to read very long integers; a double has no more than 309 digits before the point.
    return int(text) if len(text) <= 300 else _float(text)  # noqa: PLR2004


def _refuse_surrogates(value: object) -> None:
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise LineRejected("line_json")
    elif isinstance(value, list):
        for element in value:
            _refuse_surrogates(element)
    elif isinstance(value, dict):
        for name, member in value.items():
            _refuse_surrogates(name)
            _refuse_surrogates(member)


_Network = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, str | None, str | None]


def _networks(document: bytes) -> list[_Network]:
    return [
        (ipaddress.ip_network(entry["cidr"]), entry.get("asset"), entry.get("unit")) for entry in json.loads(document)["networks"]
    ]


def _hosts(document: bytes) -> dict[str, list[tuple[str | None, str | None]]]:
    found: dict[str, list[tuple[str | None, str | None]]] = {}
    for entry in json.loads(document).get("hosts", []):
        found.setdefault(_ascii_lower(entry["name"]), []).append((entry.get("asset"), entry.get("unit")))
    return found


def _ascii_lower(text: str) -> str:
    return "".join(chr(ord(character) + 32) if "A" <= character <= "Z" else character for character in text)


def _owners(event: JsonObject, networks: list[_Network], hosts: dict[str, list[tuple[str | None, str | None]]]) -> str:
    found: dict[str, list[str]] = {"asset": [], "unit": []}
    for endpoint in ("source", "destination"):
        for address in _addresses(event.get(endpoint)):
            inside = [entry for entry in networks if entry[0].version == address.version and address in entry[0]]
            longest = max((entry[0].prefixlen for entry in inside), default=0)
            for network, asset, unit in inside:
                if network.prefixlen == longest:
                    found["asset"] += [asset] if asset and asset not in found["asset"] else []
                    found["unit"] += [unit] if unit and unit not in found["unit"] else []
    host = event.get("host")
    name = host.get("hostname") if isinstance(host, dict) else None
    for asset, unit in hosts.get(_ascii_lower(name), []) if isinstance(name, str) else []:
        found["asset"] += [asset] if asset and asset not in found["asset"] else []
        found["unit"] += [unit] if unit and unit not in found["unit"] else []
    return "".join(
        f',"{name}":{json.dumps(values, ensure_ascii=False, separators=(",", ":"))}' for name, values in found.items() if values
    )


def _addresses(endpoint: object) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    value = endpoint.get("ip") if isinstance(endpoint, dict) else None
    for text in value[:_MAX_ADDRESSES] if isinstance(value, list) else [value]:
        if isinstance(text, str) and "%" not in text:
            try:
                address = ipaddress.ip_address(text)
            except ValueError:
                continue
            mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
            yield mapped or address
