"""Receives syslog over UDP (RFC 5426) and TCP (RFC 6587, both framings); the sender's address is kept, never its word.

A message is one line: line breaks and NUL inside it become `#012`-style escapes (as rsyslog writes them), so forged content
cannot become a second message. Connections, line length and idle time are bounded, and each bound that was hit is counted.
"""

from __future__ import annotations

import re
import selectors
import socket
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from khien.clock import Clock
from khien.delivery import BATCH_EVENTS, LINE_BYTES
from khien.errors import KhienError
from sensor.record import Priority
from sensor.recovery import Notice
from sensor.sources.parser import LineParser, Piece, parse_piece
from sensor.sources.source import LOG_LATENESS_US, Hand, Position, SourceBatch

#: Senders whose parser is kept; a data center has a few hundred. Forged UDP addresses only cost a parser's making.
_LARGEST_SENDERS = 1_024
LARGEST_CONNECTIONS = 256
#: A TCP sender that says nothing for so long is gone (RFC 6587 knows no keep-alive).
IDLE_SECONDS = 3_600.0
_GROUP_SECONDS = 0.05
_PROMISE_US = 1_000_000
_RECEIVE_BYTES = 65_536
_RECEIVE_BUFFER_BYTES = 8 << 20
_CONTROL = re.compile(rb"[\n\r\0]")
_COUNT = re.compile(rb"([1-9][0-9]{0,6}) ")

#: A parser for messages of one sender address.
SenderParser = Callable[[str], LineParser]


@dataclass(slots=True)
class _Group:
    """Messages of one sender that wait for the next group."""

    lines: list[bytes] = field(default_factory=list)
    overlong: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class _Connection:
    """One TCP sender."""

    address: str
    heard_at: float
    buffer: bytearray = field(default_factory=bytearray)
    #: Bytes of an overlong message still to be passed over: a number, or None while its newline is awaited.
    skip: int | None = 0


class SyslogReceiver:
    """One UDP or TCP port."""

    def __init__(
        self,
        *,
        protocol: Literal["udp", "tcp"],
        host: str,
        port: int,
        name: str,
        make_parser: SenderParser,
        clock: Clock,
        notice: Notice,
    ) -> None:
        self.name = name
        self.priority = Priority.LOG
        self.is_rereadable = False
        self.protocol = protocol
        self.host, self.port = host, port
        self._make_parser = make_parser
        self._clock = clock
        self._notice = notice
        self._parsers: OrderedDict[str, LineParser] = OrderedDict()
        self._groups: dict[str, _Group] = {}
        self._waiting = 0
        self._socket: socket.socket | None = None
        self._connections: dict[socket.socket, _Connection] = {}
        self._counters: dict[str, int] = {}

    def open(self) -> None:
        """Bind the port. Raises `sensor.port_unavailable`."""
        kind = socket.SOCK_DGRAM if self.protocol == "udp" else socket.SOCK_STREAM
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        opened = socket.socket(family, kind)
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(self.protocol == "tcp"))
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
            opened.bind((self.host, self.port))
            if self.protocol == "tcp":
                opened.listen(128)
            opened.setblocking(False)  # noqa: FBT003 - the library's own signature
        except OSError as error:
            opened.close()
            place = f"{self.protocol}:{self.host}:{self.port}"
            raise KhienError("sensor.port_unavailable", port=place, reason=error.strerror or str(error)) from error
        self._socket = opened
        self.port = opened.getsockname()[1]
        address = f"[{self.host}]" if ":" in self.host else self.host
        self._notice("syslog_listening", {"source": self.name, "address": f"{self.protocol} {address}:{self.port}"})

    def run(self, *, position: Position | None, hand: Hand, stop: threading.Event) -> None:
        """Receive until told to stop."""
        del position
        if self._socket is None:
            self.open()
        promised_us = self._clock.now_us()
        with selectors.DefaultSelector() as selector:
            if self._socket is not None:
                selector.register(self._socket, selectors.EVENT_READ)
            while not stop.is_set():
                self._receive(selector)
                self._close_idle(selector)
                now_us = self._clock.now_us()
                promise_us = None
                if now_us - promised_us >= _PROMISE_US:
                    promised_us, promise_us = now_us, now_us - LOG_LATENESS_US
                if not self._hand_over(hand, promise_us=promise_us):
                    return

    def close(self) -> None:
        """Close the port and all connections."""
        for connection in list(self._connections):
            connection.close()
        self._connections.clear()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _receive(self, selector: selectors.BaseSelector) -> None:
        """Take what arrives within one group's time, at most one record's worth."""
        until = self._clock.monotonic() + _GROUP_SECONDS
        while (left := until - self._clock.monotonic()) > 0 and self._waiting < BATCH_EVENTS:
            for key, _ in selector.select(left):
                ready = key.fileobj
                if not isinstance(ready, socket.socket):
                    continue
                if ready is not self._socket:
                    self._receive_stream(ready, selector)
                elif self.protocol == "udp":
                    self._receive_datagrams(ready)
                else:
                    self._accept(ready, selector)

    def _receive_datagrams(self, ready: socket.socket) -> None:
        while self._waiting < BATCH_EVENTS:
            try:
                data, address = ready.recvfrom(_RECEIVE_BYTES)
            except BlockingIOError:
                return
            except OSError:
                self._count("receive_errors")
                return
            self._message(address[0], data)

    def _accept(self, ready: socket.socket, selector: selectors.BaseSelector) -> None:
        try:
            connection, address = ready.accept()
        except OSError:
            self._count("receive_errors")
            return
        if len(self._connections) >= LARGEST_CONNECTIONS:
            self._count("connections_refused")
            connection.close()
            return
        connection.setblocking(False)  # noqa: FBT003
        self._connections[connection] = _Connection(address[0], self._clock.monotonic())
        selector.register(connection, selectors.EVENT_READ)
        self._count("connections")

    def _receive_stream(self, ready: socket.socket, selector: selectors.BaseSelector) -> None:
        connection = self._connections[ready]
        try:
            data = ready.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self._count("receive_errors")
            data = b""
        connection.heard_at = self._clock.monotonic()
        connection.buffer += data
        self._frames(connection, is_over=not data)
        if not data:
            self._drop(ready, selector)

    def _frames(self, connection: _Connection, *, is_over: bool) -> None:
        """Cut messages out of a stream (RFC 6587, section 3.4.1 octet counting, 3.4.2 a newline behind each)."""
        buffer = connection.buffer
        while buffer:
            if connection.skip != 0 and not _skipped(connection):
                return
            counted = _COUNT.match(buffer)
            if counted is not None:
                size = int(counted[1])
                if size > LINE_BYTES:
                    if len(buffer) < counted.end() + LINE_BYTES and not is_over:
                        return
                    self._overlong(connection.address, bytes(buffer[counted.end() : counted.end() + LINE_BYTES]))
                    connection.skip = counted.end() + size
                    continue
                if len(buffer) < counted.end() + size and not is_over:
                    return
                message, end = bytes(buffer[counted.end() : counted.end() + size]), counted.end() + size
            else:
                newline = buffer.find(b"\n")
                if newline > LINE_BYTES or (newline < 0 and len(buffer) > LINE_BYTES):
                    self._overlong(connection.address, bytes(buffer[:LINE_BYTES]))
                    connection.skip = None
                    continue
                if newline < 0 and not is_over:
                    return
                end = newline + 1 if newline >= 0 else len(buffer)
                message = bytes(buffer[:end])
            del buffer[:end]
            self._message(connection.address, message)

    def _message(self, address: str, data: bytes) -> None:
        line = _CONTROL.sub(lambda found: b"#%03o" % found[0][0], data.rstrip(b"\r\n\0"))
        if not line.strip():
            return
        if len(line) > LINE_BYTES:
            self._overlong(address, line[:LINE_BYTES])
            return
        self._groups.setdefault(address, _Group()).lines.append(line)
        self._waiting += 1

    def _overlong(self, address: str, data: bytes) -> None:
        self._groups.setdefault(address, _Group()).overlong.append(data)
        self._waiting += 1

    def _hand_over(self, hand: Hand, *, promise_us: int | None) -> bool:
        """Parse what was received, sender by sender, and give it."""
        groups, self._groups, self._waiting = self._groups, {}, 0
        for address, group in groups.items():
            piece = Piece(tuple(group.lines), 0, tuple(group.overlong))
            place = f"from {address}"
            parsed = parse_piece(piece, parser=self._parser(address), source=self.name, place=place)
            if not hand(SourceBatch(self.name, parsed.lines, parsed.count, parsed.read, parsed.rejects)):
                return False
        if promise_us is None:
            return True
        if self.protocol == "udp" and self._socket is not None:
            self._counters["kernel_drops"] = _udp_drops(self._socket)
        return hand(SourceBatch(self.name, promise_us=promise_us, counters=dict(self._counters)))

    def _parser(self, address: str) -> LineParser:
        parser = self._parsers.pop(address, None) or self._make_parser(address)
        self._parsers[address] = parser
        if len(self._parsers) > _LARGEST_SENDERS:
            self._parsers.popitem(last=False)
        return parser

    def _close_idle(self, selector: selectors.BaseSelector) -> None:
        now = self._clock.monotonic()
        for ready, connection in list(self._connections.items()):
            if now - connection.heard_at > IDLE_SECONDS:
                self._count("connections_idle")
                self._frames(connection, is_over=True)
                self._drop(ready, selector)

    def _drop(self, ready: socket.socket, selector: selectors.BaseSelector) -> None:
        selector.unregister(ready)
        ready.close()
        del self._connections[ready]

    def _count(self, name: str) -> None:
        self._counters[name] = self._counters.get(name, 0) + 1


def _skipped(connection: _Connection) -> bool:
    """Pass over the rest of an overlong message; False while more of it is to come."""
    buffer = connection.buffer
    if connection.skip is None:
        newline = buffer.find(b"\n")
        del buffer[: newline + 1 if newline >= 0 else len(buffer)]
        if newline < 0:
            return False
        connection.skip = 0
        return bool(buffer)
    passed = min(connection.skip, len(buffer))
    del buffer[:passed]
    connection.skip -= passed
    return connection.skip == 0 and bool(buffer)


def _udp_drops(opened: socket.socket) -> int:
    """Datagrams the kernel threw away for want of room (last column of /proc/net/udp, by the socket's inode)."""
    inode = Path(f"/proc/self/fd/{opened.fileno()}").readlink().name.removeprefix("socket:[").removesuffix("]")
    table = Path("/proc/net/udp6" if opened.family == socket.AF_INET6 else "/proc/net/udp")
    for row in table.read_text(encoding="ascii").splitlines()[1:]:
        columns = row.split()
        if columns[9] == inode:
            return int(columns[-1])
    return 0
