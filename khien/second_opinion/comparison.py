"""Our events against tshark's fields: per field, sets of (5-tuple, value), so that packet numbers do not matter."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import orjson
from khien_engine.packet import PacketSettings

from khien.capture import Capture
from khien.errors import KhienError
from khien.input_path import refuse_unrepeatable
from khien.second_opinion.asking import WALL_SECONDS, Hearing, Key, Seen, ask
from khien.second_opinion.table import Field, load_fields

#: Transports whose packets are counted per 5-tuple.
_COUNTED = frozenset({"tcp", "udp"})
_FLOW = "network.flow"
_PACKETS = "packets"
#: Examples kept of each kind of difference.
_EXAMPLES = 3
#: Values kept of one field on one side; what is beyond is counted in `dropped`.
_MOST_VALUES = 500_000
#: (protocol, field)
_Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Example:
    """One value that only one side has; the packet as that side numbers it, 0 where it names none."""

    key: Key
    value: str
    packet: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one protocol: how many values both have, and what only one has."""

    protocol: str
    field: str
    same: int
    only_ours: int
    only_theirs: int
    ours: tuple[Example, ...]
    theirs: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole comparison of one capture."""

    differences: tuple[Difference, ...]
    packets: int
    last_packet: int
    held: Mapping[str, bool]
    #: Why tshark did not read to the end: late, too_much, nonsense, early, or its own words; then only what came before that
    #: is compared, and no counts of packets.
    stopped: str | None
    #: Values beyond the bound of one field.
    dropped: int
    #: Packets that we count and do not believe, and tshark does.
    bad_checksums: int
    #: Why and where the file breaks off; only what is before that is compared.
    damage: str | None
    damage_offset: int | None

    def as_json(self) -> dict[str, Any]:
        """For machines: every count, and the examples."""
        return {
            "packets": self.packets,
            "containment": dict(self.held),
            "stopped": self.stopped,
            "dropped": self.dropped,
            "bad_checksums": self.bad_checksums,
            "damage": self.damage,
            "damage_offset": self.damage_offset,
            "fields": [asdict(difference) for difference in self.differences],
        }


@dataclass(slots=True)
class _Side:
    """The values of one side: field → (5-tuple, value) → packet."""

    values: dict[_Name, dict[tuple[Key, str], int]] = field(default_factory=lambda: defaultdict(dict))
    packets: Counter[Key] = field(default_factory=Counter)
    dropped: int = 0

    def add(self, name: _Name, key: Key, value: str, packet: int) -> None:
        values = self.values[name]
        if len(values) >= _MOST_VALUES:
            self.dropped += 1
            return
        values.setdefault((key, value), packet)

    def cut(self, last: int) -> None:
        """Forget what was seen after a packet."""
        for name, values in self.values.items():
            self.values[name] = {found: packet for found, packet in values.items() if packet <= last}

    def count(self) -> None:
        """The packets of each 5-tuple become values."""
        for key, packets in self.packets.items():
            self.add((key[0], _PACKETS), key, str(packets), 0)


def compare(
    path: str | Path,
    *,
    settings: PacketSettings | None = None,
    progress: Callable[[int], None] | None = None,
    show_secrets: bool = False,
    wall_seconds: float = WALL_SECONDS,
) -> Comparison:
    """Ask tshark, read the capture ourselves, compare. Raises `KhienError` when either cannot be done."""
    # Both read it, one after the other.
    refuse_unrepeatable(str(path))
    fields = load_fields()
    # Passwords are compared as they are; whether they are shown is another matter.
    capture = Capture(path, settings=settings or PacketSettings(capture_secrets=True))
    ours = _ours(fields, capture)
    hearing = Hearing()
    theirs = _theirs(fields, _asked(Path(path), fields, hearing, wall_seconds), progress or (lambda _: None))
    if not hearing.held:
        raise KhienError("opinion.died", path=str(path), reason=hearing.stopped or "died")
    stopped = hearing.stopped or ("early" if hearing.packets < capture.account.read else None)
    if stopped is None:
        ours.count()
        theirs.count()
    else:
        ours.cut(hearing.last_packet)
    secret = frozenset((entry.protocol, entry.name) for entry in fields if entry.is_secret and not show_secrets)
    names = [(entry.protocol, entry.name) for entry in fields] + [(transport, _PACKETS) for transport in sorted(_COUNTED)]
    return Comparison(
        differences=tuple(_differences(names, ours, theirs, secret)),
        packets=hearing.packets,
        last_packet=hearing.last_packet,
        held=hearing.held,
        stopped=stopped,
        dropped=ours.dropped + theirs.dropped,
        damage=capture.account.damage,
        damage_offset=capture.account.damage_offset,
        bad_checksums=capture.account.checksums_bad if capture.account.checksums_on else 0,
    )


def _asked(path: Path, fields: Iterable[Field], hearing: Hearing, wall_seconds: float) -> Iterator[Seen]:
    entries = tuple(fields)
    return ask(
        path,
        fields=frozenset(name for entry in entries for name in entry.theirs),
        layers=frozenset(layer for entry in entries for layer in entry.layers),
        hearing=hearing,
        wall_seconds=wall_seconds,
    )


def _theirs(fields: Iterable[Field], packets: Iterator[Seen], progress: Callable[[int], None]) -> _Side:
    by_name: dict[str, list[Field]] = defaultdict(list)
    for entry in fields:
        for name in entry.theirs:
            by_name[name].append(entry)
    side = _Side()
    for seen in packets:
        progress(seen.number)
        keys = [_sorted(key) for key in seen.keys]
        side.packets.update(key for key in keys if key[0] in _COUNTED)
        innermost = keys[-1] if keys else ("", "", 0, "", 0)
        for layer, name, shown in seen.values:
            for entry in by_name[name]:
                if not entry.layers or layer in entry.layers:
                    for value in entry.of_tshark(shown):
                        side.add((entry.protocol, entry.name), innermost, value, seen.number)
    return side


def _ours(fields: Iterable[Field], capture: Capture) -> _Side:
    by_dataset: dict[str, list[Field]] = defaultdict(list)
    for entry in fields:
        for dataset in entry.datasets:
            by_dataset[dataset].append(entry)
    side = _Side()
    for batch in capture:
        for line in batch.lines.splitlines():
            event = orjson.loads(line)
            dataset = event["event"]["dataset"]
            packet = event["khien"].get("packet", 0)
            key = _key(event)
            if dataset == _FLOW and event["event"]["action"] == "flow-end" and key[0] in _COUNTED:
                side.packets[key] += event["network"]["packets"]
            for entry in by_dataset[dataset]:
                for value in entry.of_event(event):
                    side.add((entry.protocol, entry.name), key, value, packet)
    return side


def _key(event: Mapping[str, Any]) -> Key:
    if "arp" in event:
        # 0.0.0.0 is no address of a host, so the event has no `source.ip`; the packet has it all the same.
        return _sorted(("arp", event["arp"].get("src_ip", ""), 0, event["arp"].get("dest_ip", ""), 0))
    source, destination, network = (event.get(name, {}) for name in ("source", "destination", "network"))
    transport = network.get("transport") or network.get("protocol", "")
    return _sorted((transport, source.get("ip", ""), source.get("port", 0), destination.get("ip", ""), destination.get("port", 0)))


def _sorted(key: Key) -> Key:
    """The same key for both directions, addresses in one writing."""
    transport, source, source_port, destination, destination_port = key
    first, second = sorted(((_address(source), source_port), (_address(destination), destination_port)))
    return (transport, *first, *second)


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return text


def _differences(names: Iterable[_Name], ours: _Side, theirs: _Side, secret: frozenset[_Name]) -> Iterator[Difference]:
    for name in dict.fromkeys(names):
        left, right = ours.values.get(name, {}), theirs.values.get(name, {})
        if left or right:
            only_ours, only_theirs = left.keys() - right.keys(), right.keys() - left.keys()
            yield Difference(
                protocol=name[0],
                field=name[1],
                same=len(left.keys() & right.keys()),
                only_ours=len(only_ours),
                only_theirs=len(only_theirs),
                ours=_examples(only_ours, left, is_secret=name in secret),
                theirs=_examples(only_theirs, right, is_secret=name in secret),
            )


def _examples(only: Iterable[tuple[Key, str]], packets: Mapping[tuple[Key, str], int], *, is_secret: bool) -> tuple[Example, ...]:
    """The first ones by packet: the same every time."""
    first = sorted(only, key=lambda found: (packets[found], found))[:_EXAMPLES]
    return tuple(Example(key=key, value="***" if is_secret else value, packet=packets[key, value]) for key, value in first)
