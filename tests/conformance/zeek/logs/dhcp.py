"""`dhcp`: a row an exchange: messages of one transaction id until half a minute is silent, or a limit is reached."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, log, of

#: Zeek's default for how long it waits for more of an exchange.
_WAIT_SECONDS = 30.0
_NO_ADDRESS = "0.0.0.0"


@dataclass(frozen=True, slots=True)
class Limits:
    """When a row is closed early; the names are those of Zeek's options."""

    max_uids: int = 10
    max_msg_types: int = 10


@dataclass(slots=True)
class Exchange:
    """A row that is growing."""

    start: float
    last: float = 0.0
    flows: set[str] = field(default_factory=set)
    types: list[str] = field(default_factory=list)
    row: Row = field(default_factory=dict)


@log("dhcp")
def dhcp(events: Sequence[Event]) -> Iterator[Row]:
    """With Zeek's own limits."""
    return _rows(events, Limits())


@log("dhcp@scripts.base.protocols.dhcp.dhcp-prevent-large-uids")
def dhcp_of_few_flows(events: Sequence[Event]) -> Iterator[Row]:
    """The limits that the test sets."""
    return _rows(events, Limits(max_uids=5, max_msg_types=2**32))


@log("dhcp@scripts.base.protocols.dhcp.dhcp-prevent-large-msgtypes")
def dhcp_of_few_messages(events: Sequence[Event]) -> Iterator[Row]:
    """The limits that the test sets."""
    return _rows(events, Limits(max_uids=2**32, max_msg_types=8))


def _rows(events: Sequence[Event], limits: Limits) -> Iterator[Row]:
    growing: dict[int, Exchange] = {}
    for event in of(events, "network.dhcp"):
        time = datetime.fromisoformat(event["@timestamp"]).timestamp()
        for number in [number for number, exchange in growing.items() if time - exchange.last > _WAIT_SECONDS]:
            yield _finished(growing.pop(number))
        number = event["dhcp"]["id"]
        exchange = growing.setdefault(number, Exchange(start=time))
        _add(exchange, event, time)
        if len(exchange.flows) >= limits.max_uids or len(exchange.types) >= limits.max_msg_types:
            yield _finished(growing.pop(number))
    for exchange in growing.values():
        yield _finished(exchange)


def _add(exchange: Exchange, event: Event, time: float) -> None:
    """What one message adds: the client tells who it is and what it wants, the server what it gives."""
    ours, row = event["dhcp"], exchange.row
    exchange.last = time
    exchange.flows.add(event["khien"]["flow"]["id"])
    exchange.types.append(ours.get("dhcp_type", "").upper())
    mac = event["source"].get("mac") or event["destination"].get("mac")
    if mac is not None:
        row.setdefault("mac", mac.replace("-", ":").lower())
    row.update((column, ours[name]) for column, name in _RELAY if name in ours)
    if ours["type"] == "request":
        _put(row, "client_addr", _address(event["source"]["ip"]))
        _put(row, "host_name", event.get("host", {}).get("hostname"))
        _put(row, "client_fqdn", ours.get("client_fqdn"))
        _put(row, "requested_addr", ours.get("requested_ip"))
        _put(row, "client_message", ours.get("message"))
        return
    _put(row, "server_message", ours.get("message"))
    _put(row, "domain", ours.get("domain"))
    if "assigned_ip" in ours and "lease_time" in ours:
        server = event["source" if event["khien"].get("dhcp", {}).get("reversed") else "destination"]["ip"]
        _put(row, "server_addr", server)
        _put(row, "assigned_addr", ours["assigned_ip"])
        _put(row, "client_addr", ours["assigned_ip"])
        _put(row, "lease_time", float(ours["lease_time"]))


_RELAY = (("circuit_id", "circuit_id"), ("agent_remote_id", "remote_id"), ("subscriber_id", "subscriber_id"))
_COLUMNS = (
    *("client_addr", "server_addr", "mac", "host_name", "client_fqdn", "domain", "requested_addr", "assigned_addr"),
    *("lease_time", "client_message", "server_message", "circuit_id", "agent_remote_id", "subscriber_id"),
)


def _put(row: Row, column: str, value: str | float | None) -> None:
    if value is not None:
        row[column] = value


def _address(text: str) -> str | None:
    return None if text == _NO_ADDRESS else text


def _finished(exchange: Exchange) -> Row:
    whole: Row = dict.fromkeys(_COLUMNS)
    return whole | exchange.row | {"msg_types": exchange.types, "duration": exchange.last - exchange.start}
