"""What is in a capture, in numbers that fit on a screen: protocols, hosts, flows, files, anomalies, and what was not understood."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from khien.capture.deeds import Deeds, written_end
from khien.capture.reading import Account, Event
from khien.capture.tally import cut

#: Distinct hosts, protocols or ports that are told apart; what comes after them is counted together.
MOST_DISTINCT = 65_536
#: Rows of each list unless somebody asks for another number.
MOST_ROWS = 10

#: Contents that do something when they are opened, by the types that the engine finds: told before larger files.
RUNNING_TYPES = frozenset(
    {
        "application/vnd.ms-cab-compressed",
        "application/wasm",
        "application/x-dosexec",
        "application/x-executable",
        "application/x-java-applet",
        "application/x-ms-shortcut",
        "application/x-shockwave-flash",
        "text/x-php",
        "text/x-shellscript",
    }
)
#: Transports that are understood by themselves: nothing is expected above them.
_WHOLE = frozenset({"icmp", "ipv6-icmp"})


@dataclass(slots=True)
class Load:
    """Flows, packets and frame bytes of something."""

    flows: int = 0
    packets: int = 0
    bytes: int = 0

    def add(self, *, packets: int, frame_bytes: int) -> None:
        """One more flow."""
        self.flows += 1
        self.packets += packets
        self.bytes += frame_bytes


class Loads:
    """Loads by name, for at most `MOST_DISTINCT` names; the rest is in `others`, never lost."""

    def __init__(self) -> None:
        self._by_name: dict[str, Load] = {}
        self.others = Load()

    def add(self, name: str, *, packets: int, frame_bytes: int) -> None:
        """Count a flow for this name."""
        load = self._by_name.get(name)
        if load is None:
            load = self._by_name.setdefault(name, Load()) if len(self._by_name) < MOST_DISTINCT else self.others
        load.add(packets=packets, frame_bytes=frame_bytes)

    def __len__(self) -> int:
        """Names that are told apart."""
        return len(self._by_name)

    def largest(self, most: int = MOST_ROWS) -> list[tuple[str, Load]]:
        """The names with most bytes; equal ones by name."""
        return heapq.nsmallest(most, self._by_name.items(), key=lambda item: (-item[1].bytes, item[0]))


class Largest:
    """Rows by size, for at most `MOST_DISTINCT` keys; rows with the same key are one, with the number of `times`."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.total = 0
        self.others = 0

    def add(self, key: tuple[Any, ...], row: Mapping[str, Any]) -> None:
        """One more row; of those with the same key the first stays. Beyond the bound a small row makes place for a larger one."""
        self.total += 1
        known = self._by_key.get(key)
        if known is not None:
            known["times"] += 1
        elif len(self._by_key) < 2 * MOST_DISTINCT:
            self._by_key[key] = {**row, "times": 1}
        else:
            self._keep_largest()
            self._by_key[key] = {**row, "times": 1}

    @property
    def distinct(self) -> int:
        """Keys that are held."""
        return len(self._by_key)

    def rows(self, most: int = MOST_ROWS) -> list[Mapping[str, Any]]:
        """What runs first, then by size; equal ones in the order of the capture."""
        return heapq.nlargest(most, self._by_key.values(), key=_rank)

    def _keep_largest(self) -> None:
        """Forget the smaller half: it cannot be among the rows that are shown."""
        kept = heapq.nlargest(MOST_DISTINCT, self._by_key.items(), key=lambda item: _rank(item[1]))
        self.others += len(self._by_key) - len(kept)
        self._by_key = dict(kept)


class Summary:
    """Collects events of one capture; `as_json` is everything it knows."""

    def __init__(self) -> None:
        self.protocols = Loads()
        self.hosts = Loads()
        self.unrecognised = Loads()
        self.flows = Largest()
        self.files = Largest()
        self.deeds = Deeds()
        self.evicted_flows = 0
        #: The largest flow whose protocol is unknown: source, destination, community_id, bytes.
        self.largest_unknown: Mapping[str, Any] | None = None

    def add(self, event: Event) -> None:
        """Take one event in."""
        self.deeds.add(event)
        match event["event"]["dataset"]:
            case "network.flow":
                self._add_flow(event)
            case "network.file":
                self._add_file(event)
            case _:
                pass

    def _add_flow(self, event: Event) -> None:
        action = event["event"]["action"]
        if action == "flow-summary":
            self.evicted_flows += event["khien"]["flow"]["flows"]
        if action != "flow-end":
            return
        network = event["network"]
        packets, frame_bytes = network["packets"], network["bytes"]
        transport = network.get("transport") or network["iana_number"]
        protocol = network.get("protocol")
        self.protocols.add(protocol or transport, packets=packets, frame_bytes=frame_bytes)
        if protocol is None and transport not in _WHOLE and sum(event["khien"]["flow"]["payload_bytes"].values()) > 0:
            self._add_unrecognised(event, transport, packets, frame_bytes)
            self._keep_unknown(event, frame_bytes)
        for end in {event["source"]["ip"], event["destination"]["ip"]}:
            self.hosts.add(end, packets=packets, frame_bytes=frame_bytes)
        self.flows.add(
            (self.flows.total,),
            {
                "start": event["event"]["start"],
                "source": written_end(event["source"]),
                "destination": written_end(event["destination"]),
                "protocol": protocol or transport,
                "packets": packets,
                "bytes": frame_bytes,
                "state": event["khien"]["flow"]["state"],
                "community_id": network["community_id"],
            },
        )

    def _add_unrecognised(self, event: Event, transport: str, packets: int, frame_bytes: int) -> None:
        port = event["destination"].get("port")
        name = transport if port is None else f"{transport}/{port}"
        self.unrecognised.add(name, packets=packets, frame_bytes=frame_bytes)

    def _keep_unknown(self, event: Event, frame_bytes: int) -> None:
        if self.largest_unknown is None or self.largest_unknown["bytes"] < frame_bytes:
            self.largest_unknown = {
                "source": written_end(event["source"]),
                "destination": written_end(event["destination"]),
                "community_id": event["network"]["community_id"],
                "bytes": frame_bytes,
            }

    def _add_file(self, event: Event) -> None:
        file = event["file"]
        sender = event["khien"]["file"]["sender"]
        ends = (event["source"]["ip"], event["destination"]["ip"])
        sent_by, sent_to = ends if sender == "source" else ends[::-1]
        sha256 = file.get("hash", {}).get("sha256", "")
        name = cut(file.get("name", ""))
        self.files.add(
            (name, file["size"], sha256),
            {
                "name": name,
                "type": file.get("mime_type", ""),
                "runs": file.get("mime_type") in RUNNING_TYPES,
                "bytes": file["size"],
                "state": event["khien"]["file"]["state"],
                "sha256": sha256,
                "protocol": event["network"].get("protocol", ""),
                "from": sent_by,
                "to": sent_to,
                "packet": event["khien"].get("packet"),
                "community_id": event["network"].get("community_id"),
            },
        )

    def as_json(self, account: Account, *, most: int = MOST_ROWS) -> dict[str, Any]:
        """The whole summary for machines, with at most so many rows of each list."""
        return {
            "packets": account.read,
            "decoded": account.decoded,
            "bytes": account.wire_bytes,
            "first_us": account.first_us,
            "last_us": account.last_us,
            "events": dict(account.events),
            "protocols": _named(self.protocols, most=MOST_DISTINCT),
            "hosts": {"distinct": len(self.hosts), "others": asdict(self.hosts.others), "largest": _named(self.hosts, most)},
            "flows": {"total": account.flows, "evicted": self.evicted_flows, "largest": self.flows.rows(most)},
            "files": {"total": self.files.total, "largest": self.files.rows(most)},
            "deeds": self.deeds.as_json(most),
            "anomalies": dict(account.anomalies),
            "not_understood": {
                "packets": dict(account.undecoded),
                "flows": _named(self.unrecognised, most),
                "missed_bytes": account.missed_bytes,
                "limits": dict(account.limits),
                "checksums_checked": account.checksums_on,
                "checksum_hosts_left": account.checksum_hosts_left,
                "checksums_bad": account.checksums_bad,
                "damage": account.damage,
                "damage_offset": account.damage_offset,
            },
        }


def _rank(row: Mapping[str, Any]) -> tuple[bool, int]:
    return bool(row.get("runs")), int(row["bytes"])


def _named(loads: Loads, most: int = MOST_ROWS) -> list[dict[str, Any]]:
    return [{"name": name, **asdict(load)} for name, load in loads.largest(most)]
