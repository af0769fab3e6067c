"""`x509`: a certificate that an end presented."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from ipaddress import ip_address

from tests.conformance.engine import Event
from tests.conformance.zeek.logs.ssl import turned
from tests.conformance.zeek.registry import Row, log, of

_KEY_TYPE = {"rsaEncryption": "rsa", "md5WithRSAEncryption": "rsa", "id-ecPublicKey": "ecdsa", "dsaEncryption": "dsa"}


@log("x509")
def x509(events: Sequence[Event]) -> Iterator[Row]:
    """One row a certificate, the first time it is seen."""
    seen = set()
    for event in of(events, "network.tls", "network.rdp"):
        for end in ("server", "client"):
            for certificate in _presented(event, end):
                digest = certificate["sha256"]
                if digest not in seen:
                    seen.add(digest)
                    yield _row(certificate)


def _presented(event: Event, end: str) -> Iterator[Event]:
    """Certificates of an end with flat names, as in a chain."""
    leaf = event.get("tls", {}).get(end, {})
    own = event["khien"].get("tls", {}).get(end, {})
    if "hash" in leaf:
        yield leaf | leaf["x509"] | leaf["hash"] | {name: own[name] for name in ("authority", "path_length") if name in own}
    yield from own.get("chain", [])


def _row(certificate: Event) -> Row:
    names: list[str] = certificate.get("alternative_names", [])
    addresses = [name for name in names if _is_address(name)]
    mails = [name for name in names if "@" in name and "://" not in name]
    links = [name for name in names if "://" in name]
    hosts = [name for name in names if name not in {*addresses, *mails, *links}]
    algorithm = certificate.get("public_key_algorithm")
    return {
        "fingerprint": certificate["sha256"].lower(),
        "certificate.version": int(certificate.get("version_number", 0)),
        "certificate.serial": certificate.get("serial_number"),
        "certificate.subject": turned(certificate.get("subject")),
        "certificate.issuer": turned(certificate.get("issuer")),
        "certificate.not_valid_before": _time(certificate.get("not_before")),
        "certificate.not_valid_after": _time(certificate.get("not_after")),
        "certificate.key_alg": algorithm,
        "certificate.sig_alg": certificate.get("signature_algorithm"),
        "certificate.key_type": _KEY_TYPE.get(algorithm or "", algorithm),
        "certificate.key_length": certificate.get("public_key_size"),
        "certificate.exponent": _text(certificate.get("public_key_exponent")),
        "certificate.curve": certificate.get("public_key_curve"),
        "san.dns": hosts or None,
        "san.uri": links or None,
        "san.email": mails or None,
        "san.ip": addresses or None,
        "basic_constraints.ca": certificate.get("authority"),
        "basic_constraints.path_len": certificate.get("path_length"),
    }


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _time(text: str | None) -> float | None:
    return None if text is None else datetime.fromisoformat(text).timestamp()
