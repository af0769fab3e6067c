"""The reader of captures: containers, errors, batches, the account."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
import zstandard
from khien_engine import EngineError
from khien_engine.packet import CaptureReader, PacketSettings, probe_capture

from tests.engine.packet.conftest import dns_query, pcap_bytes, udp_frame
from tests.engine.packet.reading import read

FRAMES = [(1_700_000_000.5 + index, udp_frame(dns_query(f"host{index}.vn", index))) for index in range(5)]
NAMES = [f"host{index}.vn" for index in range(5)]
WriteCapture = Callable[[bytes], str]


def names(path: str) -> list[str]:
    return [event["dns"]["question"]["name"] for event in read(path).events("network.dns")]


def pcapng_bytes(order: str, resolution: int) -> bytes:
    """Two sections, each with an interface of its own resolution (10^-n seconds)."""

    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        length = 12 + len(body)
        return struct.pack(f"{order}II", kind, length) + body + struct.pack(f"{order}I", length)

    parts = []
    for time, frame in FRAMES:
        parts.append(block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1)))
        options = struct.pack(f"{order}HHB3xHH", 9, 1, resolution, 0, 0)
        parts.append(block(1, struct.pack(f"{order}HHI", 1, 0, 0) + options))
        parts.append(block(0x0BAD, b"unknown"))
        units = int(time * 10) * 10 ** (resolution - 1)
        packet = struct.pack(f"{order}IIIII", 0, units >> 32, units & 0xFFFFFFFF, len(frame), len(frame)) + frame
        parts.append(block(6, packet))
    return b"".join(parts)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nanoseconds", [False, True])
def test_every_kind_of_classic_capture_gives_the_same_events(*, write_capture: WriteCapture, order: str, nanoseconds: bool) -> None:
    path = write_capture(pcap_bytes(FRAMES, order=order, nanoseconds=nanoseconds))
    reading = read(path)
    assert [event["@timestamp"] for event in reading.events("network.dns")] == [
        f"2023-11-14T22:13:2{index}.500000Z" for index in range(5)
    ]
    assert reading.lines == read(write_capture(pcap_bytes(FRAMES))).lines


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("resolution", [3, 6, 9])
def test_sections_and_resolutions_of_pcapng_give_the_same_events(write_capture: WriteCapture, order: str, resolution: int) -> None:
    lines = read(write_capture(pcapng_bytes(order, resolution))).lines
    assert lines == read(write_capture(pcap_bytes(FRAMES))).lines


def test_a_packed_capture_is_known_by_content(write_capture: WriteCapture) -> None:
    plain = pcap_bytes(FRAMES)
    for packed in (gzip.compress(plain), zstandard.compress(plain)):
        path = write_capture(packed)
        assert probe_capture(path) == "pcap"
        assert names(path) == NAMES


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "capture.empty_file"),
        (b"Nov 10 02:00:00 host sshd[1]: hello\n", "capture.not_a_capture"),
        (b"\xd4\xc3", "capture.not_a_capture"),
        (gzip.compress(b"not a capture at all", mtime=0), "capture.not_a_capture"),
    ],
)
def test_what_is_no_capture_is_refused_with_a_code(write_capture: WriteCapture, content: bytes, code: str) -> None:
    path = write_capture(content)
    with pytest.raises(EngineError) as raised:
        CaptureReader(path, PacketSettings())
    assert (raised.value.code, raised.value.location) == (code, path)
    assert probe_capture(path) is None


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as raised:
        CaptureReader(str(tmp_path / "none"), PacketSettings())
    assert raised.value.code == "capture.not_found"
    with pytest.raises(EngineError) as raised:
        CaptureReader(str(tmp_path), PacketSettings())
    assert raised.value.code == "capture.unreadable"


def test_a_header_without_packets_is_a_capture_of_nothing(write_capture: WriteCapture) -> None:
    reading = read(write_capture(pcap_bytes([])))
    assert (reading.stats["read"], reading.lines, reading.stats["damage_reason"]) == (0, b"", None)


def test_a_setting_out_of_range_is_refused_by_name() -> None:
    with pytest.raises(EngineError) as raised:
        PacketSettings(batch_lines=0)
    assert raised.value.code == "capture.bad_setting"
    assert raised.value.params["setting"] == "batch_lines"


def test_batches_close_at_their_size_and_never_inside_a_line(write_capture: WriteCapture) -> None:
    path = write_capture(pcap_bytes(FRAMES))
    whole = read(path)
    for settings in (PacketSettings(batch_lines=1), PacketSettings(batch_bytes=1), PacketSettings(read_size=1)):
        reading = read(path, settings)
        assert reading.lines == whole.lines
        assert all(batch.lines.count(b"\n") == batch.count for batch in reading.batches)
    single = read(path, PacketSettings(batch_lines=1)).batches
    assert {batch.count for batch in single} == {1}
    times = [batch.last_time_us for batch in single]
    assert times == sorted(times)


def test_every_line_keeps_the_frame(write_capture: WriteCapture) -> None:
    reading = read(write_capture(pcap_bytes(FRAMES)), PacketSettings(source="office"))
    stamped_by_ingest = {("event", "id"), ("event", "ingested"), ("khien", "dataset"), ("khien", "sensor")}
    for line in reading.lines.splitlines():
        assert line.startswith(b'{"@timestamp":"')
        assert line[42:].startswith(b'","event":{"')
        event = orjson.loads(line)
        assert list(event)[-1] == "khien"
        assert event["khien"]["source"] == "office"
        assert not any(name in event[part] for part, name in stamped_by_ingest)


def test_frames_that_are_not_decoded_are_counted_by_reason(write_capture: WriteCapture) -> None:
    discovery = bytes(12) + b"\x88\xcc" + bytes(28)
    stats = read(write_capture(pcap_bytes([*FRAMES, (1_700_000_010.0, discovery), (1_700_000_011.0, b"short")]))).stats
    assert (stats["read"], stats["decoded"]) == (7, 5)
    assert stats["undecoded"] == {"lldp": 1, "ethernet_header_cut": 1}


def test_closing_early_ends_the_worker(write_capture: WriteCapture) -> None:
    path = write_capture(pcap_bytes(FRAMES * 200))
    reader = CaptureReader(path, PacketSettings(batch_lines=1))
    next(reader)
    reader.close()
    assert list(reader) == []
