"""`ssh`: a connection with what both ends agreed on and how the log-in went."""

from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of

_OUTCOME = {"success": True, "failure": False}

_PRINT_LENGTH = len("SHA256:") + 32


@log("ssh")
def ssh(events: Sequence[Event]) -> Iterator[Row]:
    """One row a connection."""
    for event in of(events, "network.ssh"):
        yield _row(event)


def _row(event: Event) -> Row:
    ours = event["ssh"]
    client, server = ours.get("client", {}), ours.get("server", {})
    versions = {str(end["proto_version"]) for end in (client, server) if "proto_version" in end}
    return ends(event) | {
        "version": _version(versions) if client and server else None,
        "auth_success": _OUTCOME.get(event["event"].get("outcome", "")),
        "auth_attempts": ours.get("auth_attempts", 0),
        "client": client.get("banner"),
        "server": server.get("banner"),
        "cipher_alg": ours.get("cipher_alg"),
        "mac_alg": ours.get("mac_alg"),
        "kex_alg": ours.get("kex_alg"),
        "host_key_alg": ours.get("host_key_alg"),
        "compression_alg": ours.get("compression_alg"),
        "host_key_fingerprint": _print(ours.get("host_key")),
    }


def _print(fingerprint: str | None) -> str | None:
    """Zeek's are cut after 24 of the 32 bytes."""
    return None if fingerprint is None else fingerprint[:_PRINT_LENGTH]


def _version(versions: set[str]) -> int:
    """1.99 offers both (RFC 4253, section 5.1)."""
    return 1 if any(version.startswith("1.") for version in versions - {"1.99"}) else 2
