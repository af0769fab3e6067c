"""The own small CA: an offline root, an online intermediate, and the certificates they give to machines.

    <folder>/root/{root.pem,root.key}                        the key belongs in a safe; only a new intermediate needs it
    <folder>/intermediate/{intermediate.pem,intermediate.key}
    <folder>/issued/<kind>/<name>/identity.pem               key + certificate + intermediate, 0600, replaced in one rename
    <folder>/issued/<kind>/<name>/authority.pem              the root's certificate: whom the holder trusts
    <folder>/revoked.txt                                     serials, one a line (`khien.deny_list`)

Names stand in a SPIFFE URI, `spiffe://khien/<city>/<kind>/<name>` (SPIFFE ID 1.0, section 2; the trust domain is `khien`).
Keys are ECDSA P-256 (browsers know it; Ed25519 they do not). Certificates satisfy RFC 5280 strictly, so that OpenSSL's
`X509_STRICT` holds. Design: reliability, section 7; enrolment by token is not here yet.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import ipaddress
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from khien.clock import MICROSECONDS, Clock, SystemClock, format_utc
from khien.deny_list import DenyList
from khien.errors import KhienError
from khien.key_files import make_folder, write_file, writing

TRUST_DOMAIN = "khien"
DAY = dt.timedelta(days=1)
#: Reliability design, section 7: a stolen sensor certificate is worth a week at most.
SENSOR_LIFE = 7 * DAY
#: Guesses, called guesses: long enough for a small team to renew by hand, short enough that they remember how.
COMPONENT_LIFE = 30 * DAY
SERVER_LIFE = 90 * DAY
INTERMEDIATE_LIFE = 2 * 365 * DAY
ROOT_LIFE = 10 * 365 * DAY
#: A certificate is valid a little before it was made, for machines whose clock is behind.
BACKDATE = dt.timedelta(minutes=5)

_NAME = re.compile(r"[a-z0-9][a-z0-9.]{0,62}")
_CITY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*")
_SPIFFE = re.compile(rf"spiffe://{TRUST_DOMAIN}/(?P<city>[^/]+)/(?P<kind>[^/]+)/(?P<name>[^/]+)")


class Kind(StrEnum):
    """What a certificate's holder is."""

    SENSOR = "sensor"
    COMPONENT = "component"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Peer:
    """Who stands at the other end of a connection, read from a certificate that TLS has already verified.

    `serial` is lower-case hex, as in the deny-list.
    """

    kind: Kind
    city: str
    name: str
    serial: str

    @classmethod
    def of_certificate(cls, der: bytes) -> Self | None:
        """The holder of this certificate; None when it names nobody in our scheme, or more than one."""
        certificate = x509.load_der_x509_certificate(der)
        try:
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (x509.ExtensionNotFound, ValueError):
            return None
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
        found = _SPIFFE.fullmatch(uris[0]) if len(uris) == 1 else None
        if found is None or found["kind"] not in set(Kind) or not _NAME.fullmatch(found["name"]):
            return None
        return cls(Kind(found["kind"]), found["city"], found["name"], _hex(certificate.serial_number))


@dataclass(frozen=True, slots=True)
class Identity:
    """What a process proves itself with: `certificate` (one PEM with key and chain) and whom it trusts, `authority`."""

    certificate: Path
    authority: Path

    @classmethod
    def load(cls, path: Path) -> Self:
        """The identity in a folder (`identity.pem`, `authority.pem`) or beside the given `identity.pem`; must be usable."""
        certificate = path / "identity.pem" if path.is_dir() else path
        identity = cls(certificate, certificate.with_name("authority.pem"))
        for file in (identity.certificate, identity.authority):
            if not file.is_file():
                raise KhienError("certificate.not_found", path=str(file))
        if identity.certificate.stat().st_mode & 0o077:
            raise KhienError("certificate.exposed_key", path=str(identity.certificate))
        identity.read()
        return identity

    def read(self) -> x509.Certificate:
        """The leaf certificate."""
        return _read_certificate(self.certificate)

    def peer(self) -> Peer:
        """Whom the others will see."""
        peer = Peer.of_certificate(self.read().public_bytes(serialization.Encoding.DER))
        if peer is None:
            raise KhienError("certificate.unreadable", path=str(self.certificate), reason="no name of this platform in it")
        return peer

    def is_past_half_life(self, clock: Clock) -> bool:
        """Whether it is time to renew."""
        certificate = self.read()
        middle = certificate.not_valid_before_utc + (certificate.not_valid_after_utc - certificate.not_valid_before_utc) / 2
        return _now(clock) >= middle

    def check_valid(self, clock: Clock) -> None:
        """Raise `certificate.expired` when the time has run out."""
        certificate = self.read()
        if _now(clock) >= certificate.not_valid_after_utc:
            expiry = format_utc(round(certificate.not_valid_after_utc.timestamp()) * MICROSECONDS)
            raise KhienError("certificate.expired", name=self.peer().name, date=expiry[:10])


class CertificateAuthority:
    """The CA in one folder. Opening it makes what is missing; every verb may be repeated and changes nothing the second time."""

    def __init__(self, folder: Path, *, city: str, clock: Clock | None = None) -> None:
        if not _CITY.fullmatch(city):
            raise KhienError("certificate.invalid_name", name=city, kind="city")
        self.folder = folder
        self.city = city
        self._clock = clock or SystemClock()
        with self._lock():
            self._make_authorities()

    @property
    def authority(self) -> Path:
        """The root's certificate: what everybody trusts."""
        return self.folder / "root" / "root.pem"

    @property
    def deny_list(self) -> DenyList:
        """The serials that are refused from the next batch on."""
        return DenyList(self.folder / "revoked.txt")

    def issue_sensor(self, name: str, *, life: dt.timedelta = SENSOR_LIFE) -> Identity:
        """A client certificate for a sensor, kept until half of its life is over."""
        return self._issue(Kind.SENSOR, name, names=(), life=life)

    def issue_component(self, name: str, *, life: dt.timedelta = COMPONENT_LIFE) -> Identity:
        """A client certificate for a part of the platform that calls another (correlator → incident API)."""
        return self._issue(Kind.COMPONENT, name, names=(), life=life)

    def issue_server(self, name: str, *, names: Sequence[str] = (), life: dt.timedelta = SERVER_LIFE) -> Identity:
        """A server certificate for `localhost`, `127.0.0.1`, `::1` and the given host names and addresses."""
        return self._issue(Kind.SERVER, name, names=tuple(dict.fromkeys(("localhost", "127.0.0.1", "::1", *names))), life=life)

    def revoke(self, serial: str, *, reason: str) -> None:
        """Refuse this certificate from the next batch on; durable on return."""
        with self._lock(), writing(self.deny_list.path):
            self.deny_list.add(serial, date=format_utc(self._clock.now_us())[:10], reason=reason)

    def _issue(self, kind: Kind, name: str, *, names: tuple[str, ...], life: dt.timedelta) -> Identity:
        if not _NAME.fullmatch(name):
            raise KhienError("certificate.invalid_name", name=name, kind=kind.value)
        folder = self.folder / "issued" / kind / name
        identity = Identity(folder / "identity.pem", folder / "authority.pem")
        alternatives = [self._uri(kind, name), *(_alternative(each) for each in names)]
        with self._lock():
            if not self._is_current(identity, alternatives):
                make_folder(folder)
                write_file(identity.authority, self.authority.read_bytes(), mode=0o644)
                self._write_leaf(identity, kind=kind, name=name, alternatives=alternatives, life=life)
        return identity

    def _is_current(self, identity: Identity, alternatives: list[x509.GeneralName]) -> bool:
        """Whether the certificate on disk may stay: same names, our intermediate, young enough and not revoked."""
        if not identity.certificate.is_file() or not identity.authority.is_file():
            return False
        certificate = identity.read()
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return (
            list(found) == alternatives
            and certificate.issuer == self._intermediate().subject
            and identity.authority.read_bytes() == self.authority.read_bytes()
            and not identity.is_past_half_life(self._clock)
            and not self.deny_list.contains(_hex(certificate.serial_number))
        )

    def _write_leaf(
        self, identity: Identity, *, kind: Kind, name: str, alternatives: list[x509.GeneralName], life: dt.timedelta
    ) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = self._intermediate()
        usage = ExtendedKeyUsageOID.SERVER_AUTH if kind is Kind.SERVER else ExtendedKeyUsageOID.CLIENT_AUTH
        # A leaf never outlives its issuer: the chain would break on a day nobody expects.
        now = _now(self._clock)
        builder = (
            _builder(
                subject=_subject(name), issuer=issuer.subject, key=key, now=now, until=min(now + life, issuer.not_valid_after_utc)
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        )
        certificate = _sign(builder, key=_read_key(self._intermediate_key), issuer=issuer)
        write_file(identity.certificate, _pem_key(key) + _pem(certificate) + _pem(issuer), mode=0o600)

    def _make_authorities(self) -> None:
        root_key_path = self.folder / "root" / "root.key"
        if not self.authority.is_file():
            make_folder(self.authority.parent)
            key = ec.generate_private_key(ec.SECP256R1())
            subject = _subject(f"Khiên {self.city} root")
            builder = _authority_builder(subject=subject, issuer=subject, key=key, now=_now(self._clock), life=ROOT_LIFE, below=1)
            write_file(root_key_path, _pem_key(key), mode=0o600)
            write_file(self.authority, _pem(_sign(builder, key=key, issuer=None)), mode=0o644)
            with writing(self.deny_list.path):
                self.deny_list.create()
        root = _read_certificate(self.authority)
        found = str(root.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        if found != f"Khiên {self.city} root":
            raise KhienError("certificate.other_city", path=str(self.folder), found=found.split(" ")[1], city=self.city)
        self._make_intermediate(root, root_key_path)

    def _make_intermediate(self, root: x509.Certificate, root_key_path: Path) -> None:
        if self._intermediate_path.is_file():
            until = self._intermediate().not_valid_after_utc
            half_left = until - _now(self._clock) > INTERMEDIATE_LIFE / 2
            # The root key is rarely here; a valid intermediate serves until its last day rather than stop the sensors.
            if half_left or (not root_key_path.is_file() and until > _now(self._clock)):
                return
        if not root_key_path.is_file():
            raise KhienError("certificate.root_key_missing", path=str(root_key_path))
        make_folder(self._intermediate_path.parent)
        key = ec.generate_private_key(ec.SECP256R1())
        now = _now(self._clock)
        # The date tells two generations apart, so that a leaf of the older one is renewed.
        subject = _subject(f"Khiên {self.city} intermediate {now:%Y-%m-%dT%H%M%SZ}")
        builder = _authority_builder(subject=subject, issuer=root.subject, key=key, now=now, life=INTERMEDIATE_LIFE, below=0)
        certificate = _sign(builder, key=_read_key(root_key_path), issuer=root)
        write_file(self._intermediate_key, _pem_key(key), mode=0o600)
        write_file(self._intermediate_path, _pem(certificate), mode=0o644)

    @property
    def _intermediate_path(self) -> Path:
        return self.folder / "intermediate" / "intermediate.pem"

    @property
    def _intermediate_key(self) -> Path:
        return self.folder / "intermediate" / "intermediate.key"

    def _intermediate(self) -> x509.Certificate:
        return _read_certificate(self._intermediate_path)

    def _uri(self, kind: Kind, name: str) -> x509.GeneralName:
        return x509.UniformResourceIdentifier(f"spiffe://{TRUST_DOMAIN}/{self.city}/{kind}/{name}")

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One writer at a time: `khien serve` starts several processes that all open the CA."""
        make_folder(self.folder)
        with writing(self.folder):
            descriptor = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _now(clock: Clock) -> dt.datetime:
    # X.509 times have whole seconds (RFC 5280, section 4.1.2.5).
    return dt.datetime.fromtimestamp(clock.now_us() // MICROSECONDS, tz=dt.UTC)


def _hex(serial: int) -> str:
    return f"{serial:x}"


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        if not _HOST.fullmatch(name):
            raise KhienError("certificate.invalid_name", name=name, kind=Kind.SERVER.value) from None
        return x509.DNSName(name)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _builder(
    *, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: dt.datetime, until: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _authority_builder(
    *, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: dt.datetime, life: dt.timedelta, below: int
) -> x509.CertificateBuilder:
    """An authority with `below` authorities allowed under it."""
    return (
        _builder(subject=subject, issuer=issuer, key=key, now=now, until=now + life)
        .add_extension(x509.BasicConstraints(ca=True, path_length=below), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
    )


def _sign(
    builder: x509.CertificateBuilder, *, key: ec.EllipticCurvePrivateKey, issuer: x509.Certificate | None
) -> x509.Certificate:
    if issuer is not None:
        subject_key = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject_key)
        builder = builder.add_extension(identifier, critical=False)
    return builder.sign(key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _read_certificate(path: Path) -> x509.Certificate:
    """The first certificate of a PEM file."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError:
        raise KhienError("certificate.not_found", path=str(path)) from None
    except (OSError, ValueError) as error:
        raise KhienError("certificate.unreadable", path=str(path), reason=str(error)) from error


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise KhienError("certificate.unreadable", path=str(path), reason=str(error)) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KhienError("certificate.unreadable", path=str(path), reason="not an ECDSA key")
    return key
