"""TLS as Python's own `ssl` speaks it: both ends in memory, every word recorded."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.engine.packet.conversation import Turn

HOST = "portal.example.vn"


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was said, and what `ssl` itself says came of it."""

    turns: tuple[Turn, ...]
    version: str
    cipher: str
    protocol: str | None
    certificate: x509.Certificate


def certificate(folder: Path) -> tuple[Path, x509.Certificate]:
    """A certificate for `HOST` that signs itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Thành phố, Ltd"),
            x509.NameAttribute(NameOID.COMMON_NAME, HOST),
        ]
    )
    begin = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name)
        .public_key(key.public_key())
        .serial_number(0xABCDEF)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST), x509.DNSName("*.example.vn")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path, made


def speak(folder: Path, version: ssl.TLSVersion) -> Spoken:
    """One handshake and a word of data each way."""
    path, made = certificate(folder)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(path)
    for context in (server, client):
        context.minimum_version = context.maximum_version = version
        context.set_alpn_protocols(["h2", "http/1.1"])
    inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(inward, outward, server_hostname=HOST),
        server.wrap_bio(outward_in := ssl.MemoryBIO(), outward_out := ssl.MemoryBIO(), server_side=True),
    )
    turns: list[Turn] = []
    done = [False, False]
    while not all(done):
        for place, (end, said, heard) in enumerate(((ends[0], outward, outward_in), (ends[1], outward_out, inward))):
            try:
                end.do_handshake()
                done[place] = True
            except ssl.SSLWantReadError:
                pass
            if words := said.read():
                turns.append((place == 0, words))
                heard.write(words)
    ends[0].write(b"question")
    turns.append((True, outward.read()))
    ends[1].write(b"answer")
    turns.append((False, outward_out.read()))
    cipher = ends[0].cipher()
    assert cipher is not None
    return Spoken(tuple(turns), ends[0].version() or "", cipher[0], ends[0].selected_alpn_protocol(), made)
