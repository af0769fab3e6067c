"""`ssl`: a TLS or DTLS handshake."""

import re
from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of

_VERSION = {
    "ssl 2.0": "SSLv2",
    "ssl 3.0": "SSLv3",
    "tls 1.0": "TLSv10",
    "tls 1.1": "TLSv11",
    "tls 1.2": "TLSv12",
    "tls 1.3": "TLSv13",
    "dtls 1.0": "DTLSv10",
    "dtls 1.2": "DTLSv12",
    "dtls 1.3": "DTLSv13",
}
#: High byte of the versions of TLS 1.3's drafts, and of experiments with it.
_DRAFT = 0x7F
_EXPERIMENT = 0x7E
_CONTROL = re.compile(r"[\x00-\x1f]")


@log("ssl")
def ssl(events: Sequence[Event]) -> Iterator[Row]:
    """One row a handshake; QUIC's are TLS 1.3 in Zeek's eyes too, without an end it could see."""
    for event in of(events, "network.tls"):
        yield _row(event)
    for event in of(events, "network.quic"):
        if "version" in event.get("tls", {}):
            yield _row(event) | {"established": False}


def _row(event: Event) -> Row:
    ours, own = event["tls"], event["khien"].get("tls", {})
    client, server = ours.get("client", {}), ours.get("server", {})
    return ends(event) | {
        "version": _version(ours, own.get("version_code", 0)),
        "cipher": ours.get("cipher"),
        "curve": ours.get("curve"),
        "server_name": client.get("server_name"),
        "resumed": ours.get("resumed", False),
        "last_alert": own.get("alert"),
        "next_protocol": ours.get("next_protocol"),
        "established": ours.get("established", False),
        "subject": turned(server.get("subject")),
        "issuer": turned(server.get("issuer")),
        "client_subject": turned(client.get("subject")),
        "client_issuer": turned(client.get("issuer")),
        "ssl_history": own.get("history"),
        **_chains(chain_prints(server, own.get("server", {})), chain_prints(client, own.get("client", {}))),
    }


def _chains(server: list[str], client: list[str]) -> Row:
    """Both chains, empty or not, once any certificate was seen."""
    has_any = bool(server or client)
    return {"cert_chain_fps": server if has_any else None, "client_cert_chain_fps": client if has_any else None}


def _version(ours: Event, code: int) -> str | None:
    if code >> 8 == _DRAFT:
        return f"TLSv13-draft{code & 0xFF}"
    if code >> 8 == _EXPERIMENT:
        return f"unknown-{code}"
    return _VERSION.get(f"{ours.get('version_protocol', 'tls')} {ours.get('version')}")


def chain_prints(end: Event, own: Event) -> list[str]:
    """SHA-256 of all certificates of an end, its own first."""
    digests = [end.get("hash", {}).get("sha256"), *(certificate["sha256"] for certificate in own.get("chain", []))]
    return [digest.lower() for digest in digests if digest is not None]


def turned(name: str | None) -> str | None:
    """A distinguished name in Zeek's order: the last part first, without spaces after commas."""
    if name is None:
        return None
    parts: list[str] = []
    for part in _CONTROL.sub(lambda found: f"\\{ord(found[0]):02X}", name).split(", "):
        if "=" in part or not parts:
            parts.append(part)
        else:
            parts[-1] += f", {part}"
    joint = ("+".join(reversed(part.split(" + "))) for part in reversed(parts))
    return ",".join(part.replace(",", "\\,") for part in joint)
