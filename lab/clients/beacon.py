"""A harmless stand-in for an implant: asks its command server for orders at a regular interval with jitter.

It sends a fixed 64 bytes, reads a fixed answer and does nothing with it. Old TLS and no check of the certificate,
as such programs have.

Usage: `python -m lab.clients.beacon NAME COUNT INTERVAL JITTER`
"""

import random
import socket
import ssl
import sys
import time

_TIMEOUT_SECONDS = 10.0
_BODY = b"khien-lab-beacon".ljust(64, b".")


def ask(name: str) -> None:
    """One question over a fresh TLS connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    request = f"POST /api/v2/check HTTP/1.1\r\nHost: {name}\r\nContent-Length: {len(_BODY)}\r\nConnection: close\r\n\r\n"
    with (
        socket.create_connection((name, 443), timeout=_TIMEOUT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=name) as connection,
    ):
        connection.sendall(request.encode("ascii") + _BODY)
        while connection.recv(4096):
            pass


def main(name: str, count: int, interval: float, jitter: float) -> None:
    """Asks `count` times, `interval` seconds apart give or take `jitter`."""
    chance = random.Random(2026)
    start = time.monotonic()
    for turn in range(count):
        due = start + turn * interval + chance.uniform(-jitter, jitter)
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            ask(name)
        except OSError as error:
            print(f"beacon: {error}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
