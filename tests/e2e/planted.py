"""What is planted beside the recorded lab day, as a capture: a scan that was allowed before and comes again, and a false alarm.

Frames made here, read by the sensor like any others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Packet
from scapy.utils import wrpcap

#: The scanner of the data center, and what it looks at: the first scan was judged before, the second is to be judged.
SCANNER, SCANNED_BEFORE, SCANNED_AGAIN = "10.10.99.20", "10.10.30.10", "10.10.40.10"
_PORTS = range(1, 61)
#: The mail host asks a reputation service about every message: a digest in the name.
MAIL, RESOLVER, REPUTATION = "10.10.20.10", "10.10.60.53", "uy-tin-thu.example"
_MESSAGES = 45


def write(path: Path, *, year: int) -> Path:
    """The capture, a few minutes after the recorded day."""
    begin = datetime(year, 11, 23, 4, 48, tzinfo=UTC).timestamp()
    packets = [*_scan(SCANNED_BEFORE, begin), *_scan(SCANNED_AGAIN, begin + 60), *_reputation(begin + 120)]
    wrpcap(str(path), packets)
    return path


def _scan(target: str, begin: float) -> Iterator[Packet]:
    """Closed ports, each refused."""
    for number, port in enumerate(_PORTS):
        ask = IP(src=SCANNER, dst=target) / TCP(sport=50_000 + number, dport=port, seq=1_000, flags="S")
        refuse = IP(src=target, dst=SCANNER) / TCP(sport=port, dport=50_000 + number, seq=0, ack=1_001, flags="RA")
        yield _at(ask, begin + number * 0.2)
        yield _at(refuse, begin + number * 0.2 + 0.001)


def _reputation(begin: float) -> Iterator[Packet]:
    for number in range(_MESSAGES):
        name = f"{hashlib.sha1(f'message {number}'.encode(), usedforsecurity=False).hexdigest()}.{REPUTATION}"
        question = DNSQR(qname=name, qtype="A")
        port = 41_000 + number
        ask = IP(src=MAIL, dst=RESOLVER) / UDP(sport=port, dport=53) / DNS(id=number, rd=1, qd=question)
        answer = DNSRR(rrname=name, type="A", ttl=300, rdata="127.0.0.2")
        told = DNS(id=number, qr=1, rd=1, ra=1, qd=question, an=answer)
        reply = IP(src=RESOLVER, dst=MAIL) / UDP(sport=53, dport=port) / told
        yield _at(ask, begin + number)
        yield _at(reply, begin + number + 0.01)


def _at(packet: Packet, second: float) -> Packet:
    whole = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / packet
    whole.time = second
    return whole
