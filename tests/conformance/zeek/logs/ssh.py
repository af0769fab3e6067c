"""`ssh`: a connection with what both ends agreed on and how the log-in went."""

from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of

_OUTCOME = {"success": True, "failure": False}


@log("ssh")
def ssh(events: Sequence[Event]) -> Iterator[Row]:
    """One row a connection."""
    for event in of(events, "network.ssh"):
        yield _row(event)


def _row(event: Event) -> Row:
    ours = event["ssh"]
    client, server = ours.get("client", {}), ours.get("server", {})
    versions = {end.get("proto_version") for end in (client, server) if end}
    return ends(event) | {
        "version": None if not versions else 1 if any(str(version).startswith("1.") for version in versions - {"1.99"}) else 2,
        "auth_success": _OUTCOME.get(event["event"].get("outcome", "")),
        "auth_attempts": ours.get("auth_attempts", 0),
        "client": client.get("banner"),
        "server": server.get("banner"),
        "cipher_alg": ours.get("cipher_alg"),
        "mac_alg": ours.get("mac_alg"),
        "kex_alg": ours.get("kex_alg"),
        "host_key_alg": ours.get("host_key_alg"),
    }
