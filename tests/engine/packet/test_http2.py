"""HTTP/2 without encryption: frames made here from RFC 9113, and public captures by their own answers."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.packet.conversation import Turn
from tests.engine.packet.test_http import anomalies, answer, ask, events, seen, talk

Write = Callable[[bytes], str]
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, CONTINUATION = 0, 1, 3, 4, 9
END_STREAM, END_HEADERS = 1, 4


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def block(**fields: str) -> bytes:
    """Literal fields without indexing (RFC 7541, section 6.2.2); `_` begins a pseudo field."""
    coded = b""
    for name, value in fields.items():
        name_bytes, value_bytes = name.replace("_", ":", 1).encode(), value.encode()
        coded += b"\0" + bytes((len(name_bytes),)) + name_bytes + bytes((len(value_bytes),)) + value_bytes
    return coded


def request(path: str, stream: int, *, flags: int = END_STREAM | END_HEADERS) -> bytes:
    return frame(HEADERS, flags, stream, block(_method="GET", _path=path, _authority="web.vn", _scheme="http"))


def response(stream: int, body: bytes) -> bytes:
    return frame(HEADERS, END_HEADERS, stream, block(_status="200", server="x")) + frame(DATA, END_STREAM, stream, body)


OPENING: Turn = (True, PREFACE + frame(SETTINGS, 0, 0))
GREETING: Turn = (False, frame(SETTINGS, 0, 0, struct.pack(">HI", 3, 100)))


def test_streams_are_transactions_with_the_fields_of_http(write_capture: Write) -> None:
    turns = (
        OPENING,
        GREETING,
        (True, request("/a", 1) + request("/b", 3)),
        (False, response(3, b"second") + response(1, b"first!")),
    )
    reading = talk(write_capture, *turns)
    assert anomalies(reading) == set()
    told = [
        (event["url"]["path"], event["http"]["version"], event["khien"]["http2"]["stream_id"])
        for event in reading.events("network.http")
    ]
    assert told == [("/b", "2", 3), ("/a", "2", 1)]
    assert [file["file"]["name"] for file in reading.events("network.file")] == ["b", "a"]
    assert {event["network"]["protocol"] for event in reading.events("network.http")} == {"http2"}


@pytest.mark.parametrize("cut", [1, 5, 9, 30])
def test_segments_cut_anywhere_tell_the_same(write_capture: Write, cut: int) -> None:
    turns = (OPENING, GREETING, (True, request("/a", 1)), (False, response(1, b"body" * 20)))
    assert seen(talk(write_capture, *turns, cut=cut)) == seen(talk(write_capture, *turns))


def test_an_upgraded_request_is_answered_on_stream_1(write_capture: Write) -> None:
    upgrade = ask("/up", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
    switch = answer("Connection: Upgrade", "Upgrade: h2c", status="101 Switching Protocols")
    reading = talk(write_capture, upgrade, switch, OPENING, GREETING, (False, response(1, b"upgraded")))
    told = [
        (event["url"]["path"], event["http"]["version"], event["http"]["response"]["status_code"])
        for event in reading.events("network.http")
    ]
    assert told == [("/up", "1.1", 101), ("/up", "2", 200)]
    assert reading.events("network.file")[0]["file"]["size"] == 8


def test_fields_in_continuations_are_one_block(write_capture: Write) -> None:
    fields = block(_method="GET", _path="/split", _scheme="http", _authority="web.vn")
    frames = (
        frame(HEADERS, END_STREAM, 1, fields[:7])
        + frame(CONTINUATION, 0, 1, fields[7:20])
        + frame(CONTINUATION, END_HEADERS, 1, fields[20:])
    )
    (event,) = talk(write_capture, OPENING, GREETING, (True, frames), (False, response(1, b"x"))).events("network.http")
    assert event["url"]["path"] == "/split"


def test_a_flood_of_continuations_is_told_and_kept_small(write_capture: Write) -> None:
    flood = frame(HEADERS, 0, 1, b"") + frame(CONTINUATION, 0, 1, block(x="y")) * 5_000
    reading = talk(write_capture, OPENING, GREETING, (True, flood))
    assert "http2_header_flood" in anomalies(reading)
    assert reading.stats["limits"]["http2_header_bytes"] == 1


def test_streams_that_are_reset_in_a_rush_are_told(write_capture: Write) -> None:
    rush = b"".join(request("/", stream) + frame(RESET, 0, stream, struct.pack(">I", 8)) for stream in range(1, 601, 2))
    reading = talk(write_capture, OPENING, GREETING, (True, rush))
    assert anomalies(reading) == {"http2_rapid_reset"}
    assert {event["khien"]["http2"]["request_error_code"] for event in reading.events("network.http")} == {"CANCEL"}


def test_streams_beyond_256_are_told_without_their_answer_and_counted(write_capture: Write) -> None:
    reading = talk(write_capture, OPENING, GREETING, (True, b"".join(request("/", stream) for stream in range(1, 601, 2))))
    assert len(reading.events("network.http")) == 300
    assert reading.stats["limits"]["http2_streams"] == 44


def test_a_table_out_of_step_is_told(write_capture: Write) -> None:
    reading = talk(write_capture, OPENING, GREETING, (True, frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\xfe")))
    assert anomalies(reading) == {"http2_compression"}


def test_compressed_bodies_are_unpacked(captures: Path) -> None:
    files = {file["file"]["size"] for file in events(captures, "http2-bugfixes", "network.file")}
    assert files >= {639, 880}
    (file,) = events(captures, "http2-deflate-case", "network.file")
    assert (file["file"]["size"], file["http"]["response"]["body"]["bytes"]) == (20, 30)
