"""`socks`: what a proxy was asked for, and what it answered."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of


@log("socks")
def socks(events: Sequence[Event]) -> Iterator[Row]:
    """One row a request; a host stands in the column of addresses or in that of names."""
    for event in of(events, "network.socks"):
        ours = event["socks"]
        yield ends(event) | {
            "version": ours["version"],
            "user": event.get("user", {}).get("name"),
            "password": ours.get("password"),
            "status": ours.get("reply"),
            **_end("request", "request_p", ours.get("request", {})),
            **_end("bound", "bound_p", ours.get("bound", {})),
        }


def _end(name: str, port: str, end: Event) -> Row:
    host = end.get("host")
    is_address = host is not None and _is_address(host)
    return {f"{name}.host": host if is_address else None, f"{name}.name": None if is_address else host, port: end.get("port")}


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
