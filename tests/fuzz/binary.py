"""What is said in protocols of numbers, after the openings of their fuzz targets: the beginning that chooses the opening, turns."""

import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.bench.packet import frames
from tests.engine.packet.conversation import Turn
from tests.fuzz.text import Dialogue


def certificate() -> bytes:
    """One that signs itself; the key is no secret, and Ed25519 makes the same signature each time (RFC 8032)."""
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), x509.NameAttribute(NameOID.COMMON_NAME, "a.example")])
    begin = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name)
        .public_key(key.public_key())
        .serial_number(0xABCDEF)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("*.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .sign(key, None)
    )
    return made.public_bytes(Encoding.DER)


def _message(kind: int, body: bytes) -> bytes:
    """A handshake message in a record of TLS 1.2 (RFC 5246, section 7.4)."""
    handshake = bytes([kind]) + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x03" + struct.pack(">H", len(handshake)) + handshake


def tls_answer() -> bytes:
    """A server's hello, its certificate, the end of its turn, and an alert."""
    hello = b"\x03\x03" + bytes(range(32)) + b"\0\xc0\x2b\0" + struct.pack(">HHHB", 5, 0xFF01, 1, 0)
    own = certificate()
    chain = (len(own) + 3).to_bytes(3, "big") + len(own).to_bytes(3, "big") + own
    return _message(2, hello) + _message(11, chain) + _message(14, b"") + b"\x15\x03\x03\0\x02\x02\x28"


def _mqtt(kind: int, body: bytes) -> bytes:
    return bytes([kind, len(body)]) + body


def _dcerpc(kind: int, call: int, body: bytes) -> bytes:
    """A PDU of C706, section 12.6.4: last and only fragment, little-endian."""
    return struct.pack("<BBBBIHHI", 5, 0, kind, 3, 0x10, 16 + len(body), 0, call) + body


def _kexinit() -> bytes:
    """RFC 4253, section 7.1."""
    lists = (b"curve25519-sha256", b"ssh-ed25519", *[b"aes128-ctr"] * 2, *[b"hmac-sha2-256"] * 2, *[b"none"] * 2, b"", b"")
    payload = b"\x14" + bytes(16) + b"".join(struct.pack(">I", len(names)) + names for names in lists) + bytes(5)
    padding = 8 + -(len(payload) + 5) % 8
    return struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


def _connect_initial() -> bytes:
    """What a client of Remote Desktop sends first (T.125 and MS-RDPBCGR, section 2.2.1.3): core and network data."""
    core = struct.pack(
        "<HHIHHHHII32sIII64s", 0xC001, 136, 0x00080004, 1024, 768, 0xCA01, 0xAA03, 1_033, 2_600, b"a\0b\0", 4, 0, 12, b""
    )
    channels = struct.pack("<HHI8sI", 0xC003, 20, 1, b"rdpdr", 0)
    data = core + channels
    create = b"\0\x05\0\x14\x7c\0\x01\x81\x00\0\x08\0\x10\0\x01\xc0\0Duca" + struct.pack(">H", 0x8000 | len(data)) + data
    parameters = b"\x30\x00" * 3
    body = b"\x04\x01\x01\x04\x01\x01\x01\x01\xff" + parameters + b"\x04\x82" + struct.pack(">H", len(create)) + create
    whole = b"\x02\xf0\x80\x7f\x65\x82" + struct.pack(">H", len(body)) + body
    return struct.pack(">BBH", 3, 0, 4 + len(whole)) + whole


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """A frame of HTTP/2 (RFC 9113, section 4.1)."""
    return len(payload).to_bytes(3, "big") + struct.pack(">BBI", kind, flags, stream) + payload


_HELLO = frames.tls_client_hello("thu.example")[9:]
#: RFC 6347, section 4.2.1: a cookie, here empty, stands behind the session's id.
_DTLS_HELLO = b"\xfe\xfd" + _HELLO[2:35] + b"\0" + _HELLO[35:]
_QUIC_CRYPTO = frames.tls_client_hello("thu.example")[5:]
#: What is said between the opening and TLS, by the number of the opening: PostgreSQL, XMPP (RFC 6120), IRC, MySQL.
_LEAVE: Mapping[int, Sequence[Turn]] = {
    0: ((False, b"S"),),
    1: (
        (False, b"<?xml version='1.0'?><stream:stream xmlns='jabber:client'><stream:features><starttls/></stream:features>"),
        (True, b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
        (False, b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
    ),
    2: ((True, b"STARTTLS\r\n"), (False, b":server.example 670 a :go\r\n")),
    7: ((True, b"\x20\0\0\1\x85\xae\xff\x19\0\0\0\1\x21" + bytes(23)),),
}
_DIALOGUES_MQTT: Sequence[Turn] = (
    (True, _mqtt(0x82, b"\0\x01\0\x03a/#\x01") + _mqtt(0x34, b"\0\x03a/b\0\x02hello")),
    (False, _mqtt(0x90, b"\0\x01\x01") + _mqtt(0x50, b"\0\x02")),
    (True, _mqtt(0x62, b"\0\x02") + _mqtt(0xC0, b"")),
    (False, _mqtt(0x70, b"\0\x02") + _mqtt(0xD0, b"")),
    (True, _mqtt(0xE0, b"")),
)
DIALOGUES: Sequence[Dialogue] = (
    ("mqtt", b"\0", _DIALOGUES_MQTT),
    (
        "mqtt",
        b"\x01",
        (
            (True, _mqtt(0x82, b"\0\x01\x02\x0b\x05\0\x03a/#\x01") + _mqtt(0x32, b"\0\x01a\0\x02\x07\x26\0\x01k\0\x01vx")),
            (False, _mqtt(0x90, b"\0\x01\0\x01") + _mqtt(0x40, b"\0\x02\x10\0")),
            (False, _mqtt(0xE0, b"\x8e\0")),
        ),
    ),
    (
        "dcerpc",
        b"\0",
        (
            (True, _dcerpc(0, 2, struct.pack("<IHH", 8, 0, 3) + bytes(8))),
            (False, _dcerpc(2, 2, struct.pack("<IHBB", 8, 0, 0, 0) + bytes(8))),
            (True, _dcerpc(14, 3, struct.pack("<HHI", 4_280, 4_280, 1) + bytes(4))),
            (False, _dcerpc(3, 2, struct.pack("<IHBBII", 0, 0, 0, 0, 5, 0))),
        ),
    ),
    (
        "dcerpc",
        b"\x01",
        ((True, b"\x04\0\0\0\x10\0\0\0" + bytes(56) + struct.pack("<HHHHHBB", 3, 0xFFFF, 0xFFFF, 4, 0, 0, 0) + bytes(4)),),
    ),
    ("ssh", b"", ((True, _kexinit()), (False, _kexinit()), (True, struct.pack(">IBB", 12, 10, 21) + bytes(10)))),
    ("rdp", b"\x01", ((True, _connect_initial()), (False, b"\x03\0\0\x0b\x02\xf0\x80\x7f\x66\0\0"))),
    ("rdp", b"\x02", ((True, frames.tls_client_hello("a.example")), (False, tls_answer()))),
    *(
        ("starttls", bytes([place]), (*_LEAVE.get(place, ()), (True, frames.tls_client_hello("a.example")), (False, tls_answer())))
        for place in range(8)
    ),
    (
        "dtls",
        b"",
        (
            (
                True,
                b"\x16\xfe\xfd"
                + bytes(8)
                + struct.pack(">H", len(_DTLS_HELLO) + 12)
                + b"\x01"
                + len(_DTLS_HELLO).to_bytes(3, "big")
                + bytes(5)
                + len(_DTLS_HELLO).to_bytes(3, "big")
                + _DTLS_HELLO,
            ),
        ),
    ),
    ("quic", b"\x01", ((True, b"\x06\0" + struct.pack(">H", 0x4000 | len(_QUIC_CRYPTO)) + _QUIC_CRYPTO + bytes(60)),)),
    (
        "http2",
        b"",
        (
            (True, _frame(4, 1, 0, b"") + _frame(1, 5, 1, b"\x82\x84\x86\x41\x01a\x40\x01x\x01y")),
            (False, _frame(1, 4, 1, b"\x88\x5f\x09text/html") + _frame(0, 1, 1, b"<p>") + _frame(7, 0, 0, bytes(8))),
        ),
    ),
    ("socks", b"\x01", ((True, b"\x05\x01\0\x01\x0a\0\0\x09\0\x50"), (False, b"\x05\0\0\x01\x0a\0\0\x02\xd1\xcd"))),
    ("socks", b"\x02", ((True, b"\x01\x01a\x01b"), (False, b"\x01\x01"))),
    ("socks", b"\x05", ((False, b"\0\x5a\0\x50\x0a\0\0\x02"), (True, b"GET / HTTP/1.1\r\n\r\n"))),
    ("modbus", b"", ((True, b"\0\x01\0\0\0\x06\x01\x03\0\0\0\x02"), (False, b"\0\x01\0\0\0\x07\x01\x03\x04abcd"))),
    ("dnp3", b"", ((True, b"\x05\x64\x05\xc0\x01\0\0\x04\xe9\x21"),)),
    (
        "snmp",
        b"",
        (
            (
                True,
                b"\x30\x26\x02\x01\x01\x04\x06public\xa0\x19\x02\x01\x07\x02\x01\0\x02\x01\0\x30\x0e\x30\x0c\x06\x08+\x06\x01\x02\x01\x01\x01\0\x05\0",
            ),
        ),
    ),
    (
        "ldap",
        b"\x01",
        (
            (True, b"\x30\x14\x02\x01\x01\x60\x0f\x02\x01\x03\x04\x03c=a\x80\x05hello"),
            (False, b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\0\x04\0\x04\0"),
        ),
    ),
    ("arp", b"", ((True, b"\0\x01\x02\0\0\0\0\x01\x0a\0\0\x01" + bytes(6) + b"\x0a\0\0\x02"),)),
    (
        "icmp",
        b"\0",
        (
            (True, b"\x08\0\0\0\0\x01\0\x01abc"),
            (False, b"\x03\x03\0\0\0\0\0\0\x45\0\0\x1c\0\x01\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x9c\x40\0\x35\0\x08\0\0"),
        ),
    ),
)
