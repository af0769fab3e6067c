"""`x509`: a certificate that an end presented."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from tests.conformance.engine import Event
from tests.conformance.zeek.logs.ssl import turned
from tests.conformance.zeek.registry import Row, log, of


@log("x509")
def x509(events: Sequence[Event]) -> Iterator[Row]:
    """One row a certificate, the first time it is seen."""
    seen = set()
    for event in of(events, "network.tls", "network.dtls", "network.rdp", "network.quic"):
        for end in ("server", "client"):
            for certificate in _presented(event, end):
                digest = certificate.get("hash", {}).get("sha256")
                if digest is not None and digest not in seen:
                    seen.add(digest)
                    yield _row(certificate)


def _presented(event: Event, end: str) -> Iterator[Event]:
    leaf = event.get("tls", {}).get(end)
    if leaf is not None and "hash" in leaf:
        yield leaf
    yield from event["khien"].get("tls", {}).get(f"{end}_chain", [])


def _row(certificate: Event) -> Row:
    x509_members = certificate.get("x509", {})
    return {
        "fingerprint": certificate["hash"]["sha256"].lower(),
        "certificate.serial": x509_members.get("serial_number"),
        "certificate.subject": turned(certificate.get("subject")),
        "certificate.issuer": turned(certificate.get("issuer")),
        "certificate.not_valid_before": _time(certificate.get("not_before")),
        "certificate.not_valid_after": _time(certificate.get("not_after")),
    }


def _time(text: str | None) -> float | None:
    return None if text is None else datetime.fromisoformat(text).timestamp()
