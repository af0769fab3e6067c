"""Files in transit: names, types, digests, ranges, holes and limits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from khien_engine.packet import PacketSettings

from tests.engine.packet.conversation import Conversation, Turn, capture
from tests.engine.packet.reading import read
from tests.engine.packet.test_http import SETTINGS, answer, ask, events, talk

Write = Callable[[bytes], str]
WHOLE = bytes(range(256)) * 40


def test_a_file_has_the_digests_of_its_bytes_and_tells_of_its_transaction(write_capture: Write) -> None:
    turns = (ask("/dir/tool.bin", "User-Agent: curl/8"), answer(f"Content-Length: {len(WHOLE)}", "Content-Type: x/y", body=WHOLE))
    (event,) = talk(write_capture, *turns).events("network.file")
    file = event["file"]
    assert (file["name"], file["path"], file["size"]) == ("tool.bin", "/dir/tool.bin", len(WHOLE))
    for name in ("md5", "sha1", "sha256"):
        assert file["hash"][name] == hashlib.new(name, WHOLE).hexdigest()
    assert (event["url"]["domain"], event["http"]["request"]["method"]) == ("web.vn", "GET")
    assert (event["http"]["response"]["mime_type"], event["user_agent"]["original"]) == ("x/y", "curl/8")
    assert event["khien"]["file"]["sender"] == "destination"


def test_the_transaction_lists_the_ids_of_its_files(write_capture: Write) -> None:
    reading = talk(write_capture, ask("/a", "Content-Length: 1", method="POST", body=b"q"), answer("Content-Length: 1", body=b"r"))
    (transaction,) = reading.events("network.http")
    assert transaction["khien"]["http"]["file_ids"] == [file["khien"]["file"]["id"] for file in reading.events("network.file")]


def ranged(start: int, end: int) -> Turn:
    part = WHOLE[start : end + 1]
    place = f"Content-Range: bytes {start}-{end}/{len(WHOLE)}"
    return answer(place, f"Content-Length: {len(part)}", status="206 Partial Content", body=part)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_ranges_of_one_resource_are_joined_across_connections(write_capture: Write, order: tuple[int, ...]) -> None:
    pieces = [(0, 4_000), (3_500, 7_999), (8_000, len(WHOLE) - 1)]
    flows = [
        Conversation(turns=(ask("/big.bin"), ranged(*pieces[place])), client_port=40_000 + number)
        for number, place in enumerate(order)
    ]
    files = read(write_capture(capture(*flows)), SETTINGS).events("network.file")
    ranges = [file["khien"]["file"]["range"] for file in files if "range" in file["khien"]["file"]]
    assert [(piece["start"], piece["end"]) for piece in ranges] == [pieces[place] for place in order]
    (joined,) = (file for file in files if file["khien"]["file"].get("joined"))
    assert joined["file"]["hash"]["sha256"] == hashlib.sha256(WHOLE).hexdigest()
    assert not any("hash" in file["file"] for file in files if file is not joined)


def test_ranges_in_one_answer_of_several_parts_are_joined(write_capture: Write) -> None:
    body = b"".join(
        b"--B\r\nContent-Range: bytes %d-%d/%d\r\n\r\n%s\r\n" % (start, end, len(WHOLE), WHOLE[start : end + 1])
        for start, end in ((0, 99), (100, len(WHOLE) - 1))
    )
    kind = "Content-Type: multipart/byteranges; boundary=B"
    body += b"--B--\r\n"
    reading = talk(
        write_capture, ask("/two"), answer(kind, f"Content-Length: {len(body)}", status="206 Partial Content", body=body)
    )
    (joined,) = (file for file in reading.events("network.file") if file["khien"]["file"].get("joined"))
    assert joined["file"]["hash"]["md5"] == hashlib.md5(WHOLE, usedforsecurity=False).hexdigest()


def test_beyond_its_limit_a_body_is_not_looked_at(write_capture: Write) -> None:
    settings = PacketSettings(checksums="off", http_body_limit=1_000)
    turns = (ask("/long"), answer(f"Content-Length: {len(WHOLE)}", body=WHOLE))
    (event,) = talk(write_capture, *turns, settings=settings).events("network.file")
    assert (event["file"]["size"], event["khien"]["file"]["state"]) == (1_000, "truncated")
    assert event["khien"]["file"]["limited"] is True
    assert "hash" not in event["file"]


def test_a_body_that_its_connection_cuts_is_truncated(write_capture: Write) -> None:
    (event,) = talk(write_capture, ask("/cut"), answer("Content-Length: 100", body=b"x" * 60)).events("network.file")
    assert (event["file"]["size"], event["khien"]["file"]["state"]) == (60, "truncated")


def sizes(found: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(file["file"]["size"], file["khien"]["file"]["state"]) for file in found]


def test_a_hole_spares_the_files_around_it(captures: Path) -> None:
    """Two bytes follow each whole body though its sender said that it closes: they are counted to the file that was sent."""
    found = events(captures, "http-gap-simple", "network.file")
    assert sizes(found) == [(14, "closed"), (70, "truncated"), (14, "closed")]
    assert "hash" not in found[1]["file"]


def test_the_download_of_four_connections_is_one_file(captures: Path) -> None:
    found = [file for file in events(captures, "http-range-multiflows", "network.file") if file["khien"]["file"].get("joined")]
    assert sizes(found) == [(37_323, "closed")]


def test_brotli_is_unpacked(captures: Path) -> None:
    found = events(captures, "http-brotli-ce", "network.file")
    assert [(file["file"]["name"], file["file"]["size"]) for file in found] == [("f.txt", 121), ("f.txt", 1_743)]


@pytest.mark.parametrize("cut", [1_400, 997])
def test_a_disc_image_is_told_by_its_volume_descriptor(write_capture: Write, cut: int) -> None:
    # ECMA-119, sections 6.2.1 and 8.1: 16 sectors of 2,048 bytes for whoever starts from it, a type, then the standard's name.
    disc = bytes(32_768) + b"\x01CD001\x01" + bytes(2_041)
    turns = (ask("/fw.bin"), answer(f"Content-Length: {len(disc)}", body=disc))
    conversation = Conversation(turns=turns, cut=cut)
    (event,) = read(write_capture(capture(conversation)), SETTINGS).events("network.file")
    assert event["file"]["mime_type"] == "application/x-iso9660-image"
    moved = bytes(1) + disc
    turns = (ask("/fw.bin"), answer(f"Content-Length: {len(moved)}", body=moved))
    (event,) = read(write_capture(capture(Conversation(turns=turns))), SETTINGS).events("network.file")
    assert event["file"]["mime_type"] == "application/octet-stream"
