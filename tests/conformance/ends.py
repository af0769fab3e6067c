"""A flow by its two ends, whoever began it: how our records and other engines' lines find each other."""

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tests.conformance.engine import Event

#: Address and port; the port is 0 where the transport has none.
End: TypeAlias = tuple[str, int]
#: The transport by its name and the two ends in order.
Ends: TypeAlias = tuple[str, End, End]

_WITH_PORTS = frozenset({"tcp", "udp", "sctp", "udplite"})


@dataclass(slots=True)
class Counters:
    """Packets and bytes (whole frames) that each end sent."""

    packets: dict[End, int] = field(default_factory=lambda: defaultdict(int))
    bytes: dict[End, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, end: End, *, packets: int, size: int) -> None:
        """Count what an end sent."""
        self.packets[end] += packets
        self.bytes[end] += size

    def is_same(self, other: "Counters") -> bool:
        """Whether both ends sent the same."""
        ends = {*self.packets, *other.packets}
        return all(self.packets[end] == other.packets[end] and self.bytes[end] == other.bytes[end] for end in ends)


def end(transport: str, address: str, port: int) -> End:
    """An end with its address in one spelling."""
    return (ipaddress.ip_address(address).compressed, port if transport in _WITH_PORTS else 0)


def ends(transport: str, one: End, other: End) -> Ends:
    """Both ends, in order."""
    return (transport, one, other) if one <= other else (transport, other, one)


def ends_of(event: Event) -> Ends | None:
    """The ends of one of our events; `None` where it has no addresses or, as ARP, no transport."""
    source, destination = event.get("source", {}), event.get("destination", {})
    if "ip" not in source or "ip" not in destination or "network" not in event:
        return None
    transport = transport_of(event)
    return ends(transport, _end(transport, source), _end(transport, destination))


def transport_of(event: Event) -> str:
    """The transport's name, its number where it has none."""
    network: Mapping[str, str] = event["network"]
    return network.get("transport") or network.get("iana_number", "")


def _end(transport: str, members: Event) -> End:
    return end(transport, members["ip"], members.get("port", 0))


def counted(events: Iterable[Event]) -> dict[Ends, Counters]:
    """The counters of all final flow records, those between the same ends as one."""
    found: dict[Ends, Counters] = defaultdict(Counters)
    for event in events:
        if event["event"]["dataset"] != "network.flow" or event["event"]["action"] != "flow-end":
            continue
        key = ends_of(event)
        if key is None:
            continue
        for name in ("source", "destination"):
            members = event[name]
            found[key].add(_end(key[0], members), packets=members["packets"], size=members["bytes"])
    return found
