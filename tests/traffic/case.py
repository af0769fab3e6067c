"""A case: a function that yields frames, and what an honest reader must tell of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

Frames = Callable[[], Iterator[bytes]]
#: (dataset, dotted path, value): some event of the dataset has the value there.
Told = tuple[str, str, Any]
CLIENT, SERVER = "10.1.0.1", "10.1.0.2"


@dataclass(frozen=True, slots=True)
class Case:
    """What a capture of these frames must give."""

    name: str
    frames: Frames
    told: tuple[Told, ...]
    #: Values that no event may have.
    untold: tuple[Told, ...]
    #: At least these.
    anomalies: frozenset[str]

    def __str__(self) -> str:
        return self.name


CASES: dict[str, Case] = {}


def case(*told: Told, untold: tuple[Told, ...] = (), anomalies: tuple[str, ...] = ()) -> Callable[[Frames], Frames]:
    """Register a function that yields frames."""

    def register(frames: Frames) -> Frames:
        name = f"{frames.__module__.rpartition('.')[2]}: {frames.__name__.replace('_', ' ')}"
        CASES[name] = Case(name=name, frames=frames, told=told, untold=untold, anomalies=frozenset(anomalies))
        return frames

    return register


def frame(packet: Packet) -> bytes:
    """An Ethernet frame; scapy computes lengths and sums that are not set."""
    return bytes(Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / packet)


def datagram(payload: bytes, *, source: str = CLIENT, destination: str = SERVER, to: int = 53, **fields: Any) -> Packet:
    """A UDP datagram in IPv4."""
    return IP(src=source, dst=destination, **fields) / UDP(sport=40_000, dport=to) / Raw(payload)


class Talk:
    """A TCP connection from CLIENT to SERVER: keeps both ends' numbers, and bends any of them when a case asks for it."""

    def __init__(self, *, port: int = 80, client: int = 1_000, server: int = 9_000, stamps: bool = False) -> None:
        self.port = port
        self.start = {True: client, False: server}
        self.following = dict(self.start)
        self._stamps = stamps
        self.time = 100

    def opening(self) -> Iterator[bytes]:
        """The three-way handshake."""
        yield self.segment(client=True, flags="S")
        yield self.segment(client=False, flags="SA")
        yield self.segment(client=True, flags="A")

    def closing(self) -> Iterator[bytes]:
        """Both ends' FIN."""
        yield self.segment(client=True, flags="FA")
        yield self.segment(client=False, flags="FA")
        yield self.segment(client=True, flags="A")

    def says(self, payload: bytes, *, client: bool = True) -> Iterator[bytes]:
        """A segment and its acknowledgement."""
        yield self.segment(payload, client=client)
        yield self.segment(client=not client)

    def segment(
        self,
        payload: bytes = b"",
        *,
        client: bool = True,
        flags: str = "A",
        at: int | None = None,
        time: int | None = None,
        ip: dict[str, Any] | None = None,
        **fields: Any,
    ) -> bytes:
        """One segment. `at`: an offset into the stream instead of the next byte; then nothing is moved on."""
        number = self.following[client] if at is None else self.start[client] + 1 + at
        if at is None:
            self.following[client] += len(payload) + sum(flag in flags for flag in "SF")
        ends = (CLIENT, SERVER) if client else (SERVER, CLIENT)
        ports = (40_000, self.port) if client else (self.port, 40_000)
        values = {
            "seq": number % 2**32,
            "ack": self.following[not client] % 2**32 if "A" in flags else 0,
            "flags": flags,
            **({"options": [("Timestamp", (self.time if time is None else time, self.time))]} if self._stamps else {}),
            **fields,
        }
        self.time += 1
        tcp = TCP(sport=ports[0], dport=ports[1], **values)
        return frame(IP(src=ends[0], dst=ends[1], **(ip or {})) / tcp / Raw(payload))


def request(path: str, *, host: str = "a.example") -> bytes:
    """An HTTP request."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
