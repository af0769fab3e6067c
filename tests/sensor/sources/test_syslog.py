"""Syslog over UDP and TCP: framing, bounds, and forged content that stays content."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Literal

import pytest

from khien.clock import SystemClock
from khien.delivery import LINE_BYTES
from khien.errors import KhienError
from sensor.sources import syslog
from sensor.sources.parser import LineParser
from sensor.sources.syslog import SyslogReceiver
from tests.sensor.plain_lines import PlainParser
from tests.sensor.sources.collecting import Collected, running


def quiet(_event: str, _fields: dict[str, str | int]) -> None:
    """Say nothing."""


def receiver(protocol: Literal["udp", "tcp"], *, make_parser: Callable[[str], LineParser] = PlainParser) -> SyslogReceiver:
    return SyslogReceiver(
        protocol=protocol,
        host="127.0.0.1",
        port=0,
        name=f"syslog.{protocol}",
        make_parser=make_parser,
        clock=SystemClock(),
        notice=quiet,
    )


def tcp(source: SyslogReceiver) -> socket.socket:
    return socket.create_connection(("127.0.0.1", source.port), timeout=5)


def texts_after(found: Collected, count: int) -> list[str]:
    found.wait(lambda: len(found.texts) >= count)
    return found.texts


def test_a_datagram_is_a_message() -> None:
    source = receiver("udp")
    with running(source) as found, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(20):
            sender.sendto(f"<13>message {number}\n".encode(), ("127.0.0.1", source.port))
        assert sorted(texts_after(found, 20)) == sorted(f"<13>message {number}" for number in range(20))


def test_a_forged_second_message_inside_a_datagram_stays_inside() -> None:
    source = receiver("udp")
    with running(source) as found, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"<13>real\r\n<34>forged: Accepted password for root\0tail", ("127.0.0.1", source.port))
        assert texts_after(found, 1) == ["<13>real#015#012<34>forged: Accepted password for root#000tail"]


def test_the_senders_address_is_the_connections_and_not_the_messages() -> None:
    asked: list[str] = []

    def make_parser(address: str) -> LineParser:
        asked.append(address)
        return PlainParser(f"syslog/{address}")

    source = receiver("udp", make_parser=make_parser)
    with running(source) as found, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"<13>Nov 10 09:00:00 192.0.2.66 su: forged host", ("127.0.0.1", source.port))
        texts_after(found, 1)
        assert b'"source":"syslog/127.0.0.1"' in found.batches[0].lines
    assert asked == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        # RFC 6587, section 3.4.1: octet counting, a message may hold line breaks.
        (b"5 hello11 <13>a\nb c d5 after", ["hello", "<13>a#012b c d", "after"]),
        # Section 3.4.2: a newline behind each, also CR LF and NUL.
        (b"<13>one\n<13>two\r\n<13>three\n", ["<13>one", "<13>two", "<13>three"]),
        # Both in one connection: each message says its own framing.
        (b"<13>one\n3 two<13>three\n", ["<13>one", "two", "<13>three"]),
        # The last one without newline, the connection closed.
        (b"<13>one\n<13>cut", ["<13>one", "<13>cut"]),
    ],
)
def test_both_framings_of_a_stream(data: bytes, wanted: list[str]) -> None:
    source = receiver("tcp")
    with running(source) as found:
        with tcp(source) as sender:
            sender.sendall(data)
        assert texts_after(found, len(wanted)) == wanted


def test_a_stream_in_single_bytes_gives_the_same_messages() -> None:
    source = receiver("tcp")
    with running(source) as found:
        with tcp(source) as sender:
            sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"5 hello<13>two\n12 with\nnewline":
                sender.sendall(bytes([byte]))
        assert texts_after(found, 3) == ["hello", "<13>two", "with#012newline"]


def test_overlong_messages_are_rejected_once_and_the_next_is_read() -> None:
    source = receiver("tcp")
    huge = LINE_BYTES * 3
    with running(source) as found:
        with tcp(source) as sender:
            sender.sendall(b"%d " % huge + b"x" * huge + b"5 after" + b"y" * huge + b"\n<13>last\n")
        assert texts_after(found, 2) == ["after", "<13>last"]
        found.wait(lambda: len(found.rejects) == 2)
        assert [(reason, len(raw)) for reason, raw in found.rejects] == [("too_large", LINE_BYTES)] * 2


def test_a_count_that_is_never_filled_holds_no_other_sender_back() -> None:
    source = receiver("tcp")
    with running(source) as found, tcp(source) as liar, tcp(source) as honest:
        liar.sendall(b"60000 short")
        honest.sendall(b"<13>honest\n")
        assert texts_after(found, 1) == ["<13>honest"]


def test_connections_beyond_the_limit_are_refused_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syslog, "LARGEST_CONNECTIONS", 2)
    source = receiver("tcp")
    with running(source) as found:
        senders = [tcp(source) for _ in range(4)]
        found.wait(lambda: found.counter("connections_refused") == 2)
        senders[0].sendall(b"<13>still heard\n")
        assert texts_after(found, 1) == ["<13>still heard"]
        for sender in senders:
            sender.close()


def test_a_silent_connection_is_closed_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syslog, "IDLE_SECONDS", 0.2)
    source = receiver("tcp")
    with running(source) as found, tcp(source) as sender:
        sender.sendall(b"<13>half")
        assert texts_after(found, 1) == ["<13>half"]
        assert sender.recv(1) == b""
        found.wait(lambda: found.counter("connections_idle") == 1)


def test_it_promises_by_the_clock_less_five_seconds() -> None:
    with running(receiver("udp")) as found:
        found.wait(lambda: any(batch.promise_us is not None for batch in found.batches))
    promise = next(batch.promise_us for batch in found.batches if batch.promise_us is not None)
    now_us = SystemClock().now_us()
    assert now_us - 20_000_000 < promise <= now_us - 5_000_000


def test_a_port_in_use_is_one_clear_error() -> None:
    first = receiver("tcp")
    first.open()
    second = SyslogReceiver(
        protocol="tcp", host="127.0.0.1", port=first.port, name="s", make_parser=PlainParser, clock=SystemClock(), notice=quiet
    )
    with pytest.raises(KhienError) as caught:
        second.open()
    assert caught.value.code == "sensor.port_unavailable"
    first.close()


def test_what_the_kernel_threw_away_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syslog, "_RECEIVE_BUFFER_BYTES", 4_096)
    source = receiver("udp")
    source.open()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(300):
            sender.sendto(b"<13>" + b"x" * 1_000, ("127.0.0.1", source.port))
    # Opened before, so that nobody reads while the buffer overflows.
    monkeypatch.setattr(source, "open", lambda: None)
    with running(source) as found:
        found.wait(lambda: found.counter("kernel_drops") > 0)
        assert len(found.texts) + found.counter("kernel_drops") == 300


@pytest.mark.parametrize(("protocol", "host", "shown"), [("udp", "127.0.0.1", "udp 127.0.0.1:"), ("tcp", "::1", "tcp [::1]:")])
def test_where_syslog_is_heard_is_said_when_the_port_is_open(protocol: Literal["udp", "tcp"], host: str, shown: str) -> None:
    told: list[tuple[str, dict[str, str | int]]] = []
    made = SyslogReceiver(
        protocol=protocol,
        host=host,
        port=0,
        name="syslog",
        make_parser=PlainParser,
        clock=SystemClock(),
        notice=lambda event, fields: told.append((event, fields)),
    )
    try:
        made.open()
    except KhienError:
        pytest.skip("this machine has no IPv6")
    assert told == [("syslog_listening", {"source": "syslog", "address": f"{shown}{made.port}"})]
    made.close()
