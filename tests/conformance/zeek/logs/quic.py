"""`quic`: a connection, when it ends."""

from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of

_VERSION = {"2": "quicv2"}


@log("quic")
def quic(events: Sequence[Event]) -> Iterator[Row]:
    """One row a connection."""
    for event in of(events, "network.quic"):
        if event["event"]["action"] == "quic-connection":
            yield _row(event)


def _row(event: Event) -> Row:
    ours = event["quic"]
    has_server = any(letter.islower() for letter in ours.get("history", ""))
    alpns = event["khien"].get("tls", {}).get("client_alpns", [None])
    return ends(event) | {
        "version": _VERSION.get(ours["version"], ours["version"]),
        "client_initial_dcid": ours.get("client_initial_dcid", ""),
        "client_scid": ours.get("client_scid", ""),
        "server_scid": ours.get("server_scid", "" if has_server else None),
        "server_name": event.get("tls", {}).get("client", {}).get("server_name"),
        "client_protocol": alpns[0],
        "history": ours.get("history"),
    }
