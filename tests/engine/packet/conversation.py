"""Captures of TCP conversations, made byte by byte: who says what, in segments of any size."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: One end's words: `True` for the client.
Turn = tuple[bool, bytes]
_FIN, _SYN, _ACK = 1, 2, 16
_RAW = 101


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A connection from 10.0.0.1 to 10.0.0.2."""

    turns: Sequence[Turn]
    client_port: int = 40_000
    server_port: int = 80
    #: Bytes of a segment.
    cut: int = 1_400

    def packets(self) -> Iterator[bytes]:
        """IPv4 packets: the handshake, every segment with its acknowledgement, both ends' last."""
        following = {True: 1_000, False: 5_000}

        def segment(*, client: bool, flags: int, payload: bytes = b"") -> bytes:
            numbers = (following[client], following[not client])
            following[client] += len(payload) + (1 if flags & (_SYN | _FIN) else 0)
            return self._packet(is_client=client, numbers=numbers, flags=flags, payload=payload)

        yield segment(client=True, flags=_SYN)
        yield segment(client=False, flags=_SYN | _ACK)
        yield segment(client=True, flags=_ACK)
        for is_client, words in self.turns:
            for start in range(0, len(words), self.cut):
                yield segment(client=is_client, flags=_ACK, payload=words[start : start + self.cut])
                yield segment(client=not is_client, flags=_ACK)
        yield segment(client=False, flags=_FIN | _ACK)
        yield segment(client=True, flags=_FIN | _ACK)
        yield segment(client=False, flags=_ACK)

    def _packet(self, *, is_client: bool, numbers: tuple[int, int], flags: int, payload: bytes) -> bytes:
        ports = (self.client_port, self.server_port) if is_client else (self.server_port, self.client_port)
        hosts = (1, 2) if is_client else (2, 1)
        tcp = struct.pack(">HHIIBBHHH", *ports, *numbers, 0x50, flags, 0xFFFF, 0, 0) + payload
        addresses = bytes((10, 0, 0, hosts[0], 10, 0, 0, hosts[1]))
        return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0) + addresses + tcp


def capture(*conversations: Conversation) -> bytes:
    """A capture of conversations, one after the other, a packet every 10 µs."""
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, _RAW)]
    packets = (packet for conversation in conversations for packet in conversation.packets())
    for number, packet in enumerate(packets):
        seconds, rest = divmod(number * 10, 1_000_000)
        parts.append(struct.pack("<IIII", 1_700_000_000 + seconds, rest, len(packet), len(packet)) + packet)
    return b"".join(parts)
