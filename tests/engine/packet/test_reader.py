"""The reader of captures: containers, errors, batches, the account."""

import gzip
import os
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


def block(kind: int, body: bytes, *, order: str = "<") -> bytes:
    """A pcapng block with both of its lengths."""
    body += bytes(-len(body) % 4)
    length = 12 + len(body)
    return struct.pack(f"{order}II", kind, length) + body + struct.pack(f"{order}I", length)


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order=order)


def interface(*options: tuple[int, bytes], snap_length: int = 0, link_type: int = 1, order: str = "<") -> bytes:
    body = struct.pack(f"{order}HHI", link_type, 0, snap_length)
    for code, value in options:
        body += struct.pack(f"{order}HH", code, len(value)) + value + bytes(-len(value) % 4)
    return block(1, body + bytes(4), order=order)


def packet(frame: bytes, units: int, *, number: int = 0, order: str = "<") -> bytes:
    head = struct.pack(f"{order}IIIII", number, units >> 32, units & 0xFFFFFFFF, len(frame), len(frame))
    return block(6, head + frame, order=order)


def times(path: str) -> list[str]:
    return [event["@timestamp"] for event in read(path).events("network.dns")]


FRAME = FRAMES[0][1]


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_clock_of_powers_of_two_with_an_offset_is_read(write_capture: WriteCapture, order: str) -> None:
    offset = struct.pack(f"{order}q", 1_700_000_000)
    body = section(order) + interface((9, b"\x8a"), (14, offset), order=order) + packet(FRAME, 512, order=order)
    assert times(write_capture(body)) == ["2023-11-14T22:13:20.500000Z"]


def test_interfaces_of_one_section_have_clocks_of_their_own_and_an_account(write_capture: WriteCapture) -> None:
    body = section() + interface((9, b"\0")) + interface((9, b"\x09"), (2, b"eth1"))
    body += packet(FRAME, 1_700_000_000) + packet(FRAME, 1_700_000_001 * 10**9, number=1) + packet(FRAME, 1_700_000_002, number=0)
    body += section() + interface((9, b"\x03"), link_type=147) + packet(FRAME, 1_700_000_003_000)
    path = write_capture(body)
    stats = read(path).stats
    assert [interface["read"] for interface in stats["interfaces"]] == [2, 1, 1]
    assert [interface["undecoded"] for interface in stats["interfaces"]] == [0, 0, 1]
    assert [interface["link_type"] for interface in stats["interfaces"]] == [1, 1, 147]
    assert stats["interfaces"][0]["first_time_us"] == 1_700_000_000_000_000
    assert stats["interfaces"][0]["last_time_us"] == 1_700_000_002_000_000
    assert stats["undecoded"] == {"unknown_linktype": 1}


def test_simple_and_obsolete_packet_blocks_are_read(write_capture: WriteCapture) -> None:
    old = struct.pack("<HHIIII", 0, 0, 1_700_000_000_500_000 >> 32, 1_700_000_000_500_000 & 0xFFFFFFFF, len(FRAME), len(FRAME))
    body = section() + interface(snap_length=60) + block(2, old + FRAME)
    body += block(3, struct.pack("<I", len(FRAME)) + FRAME[:60])
    reading = read(write_capture(body))
    assert (reading.stats["read"], reading.stats["decoded"]) == (2, 2)
    # The second has no time of its own and lost its end to the snap length.
    assert reading.stats["interfaces"][0]["last_time_us"] == 1_700_000_000_500_000
    assert len(reading.events("network.dns")) == 1
    # What the capture cut is not the sender's mistake.
    assert reading.stats["events"]["network.anomaly"] == 0
    assert reading.stats["limits"] == {"datagram_cut": 1}


def test_what_the_upper_bits_of_the_link_type_say_of_check_sequences_changes_nothing(write_capture: WriteCapture) -> None:
    plain = pcap_bytes(FRAMES)
    told = plain[:20] + struct.pack("<I", 1 | 0x2400_0000) + plain[24:]
    assert read(write_capture(told)).lines == read(write_capture(plain)).lines


@pytest.mark.parametrize(
    ("broken", "reason", "offset"),
    [
        (pcap_bytes(FRAMES)[:-1], "record_cut", 24 + 4 * 16 + 4 * len(FRAME)),
        (pcap_bytes(FRAMES) + b"xyz", "record_header_cut", 24 + 5 * 16 + 5 * len(FRAME)),
        (pcap_bytes(FRAMES) + struct.pack("<IIII", 1, 2, 262_145, 262_145), "record_too_long", 24 + 5 * 16 + 5 * len(FRAME)),
    ],
)
def test_damage_keeps_what_is_before_it_and_tells_where_it_is(
    write_capture: WriteCapture, broken: bytes, reason: str, offset: int
) -> None:
    reading = read(write_capture(broken))
    whole = 4 if reason == "record_cut" else 5
    assert (reading.stats["read"], reading.stats["damage_reason"], reading.stats["damage_offset"]) == (whole, reason, offset)
    (event,) = reading.events("network.anomaly")
    assert event["khien"]["anomaly"] == {"name": "capture_damaged", "layer": "decode", "note": f"{reason} at byte {offset}"}
    assert event["khien"]["packet"] == whole
    assert len(reading.events("network.dns")) == whole


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (packet(FRAME, 1, number=3), "interface_unknown"),
        (struct.pack("<II", 6, 13), "block_length_impossible"),
        (packet(FRAME, 1)[:-9], "block_cut"),
        (block(6, struct.pack("<IIIII", 0, 0, 0, 9_999, 9_999) + FRAME), "block_length_impossible"),
        (b"\x0a\x0d\x0d\x0a" + bytes(24), "byte_order_unknown"),
    ],
)
def test_damage_of_a_block_is_told_by_its_reason(write_capture: WriteCapture, body: bytes, reason: str) -> None:
    reading = read(write_capture(section() + interface() + packet(FRAME, 1) + body))
    assert (reading.stats["read"], reading.stats["damage_reason"]) == (1, reason)


def test_a_packed_capture_that_breaks_off_keeps_its_beginning(write_capture: WriteCapture) -> None:
    frames = [(1_700_000_000 + index, udp_frame(dns_query(f"host{index}.vn", index), port=1_024 + index)) for index in range(3_000)]
    packed = gzip.compress(pcap_bytes(frames), mtime=0)
    reading = read(write_capture(packed[: len(packed) // 2]))
    assert reading.stats["damage_reason"] == "compressed_data_cut"
    assert 0 < reading.stats["read"] < len(frames)
    assert len(reading.events("network.anomaly")) == 1


def zstd_blocks(packed: bytes) -> list[int]:
    """Where each block of a single frame ends (RFC 8878, section 3.1.1)."""
    descriptor = packed[4]
    place = 5 + (0 if descriptor & 0x20 else 1) + (0, 1, 2, 4)[descriptor & 3]
    place += (1 if descriptor & 0x20 else 0, 2, 4, 8)[descriptor >> 6]
    ends = []
    while True:
        header = int.from_bytes(packed[place : place + 3], "little")
        place += 3 + (1 if header >> 1 & 3 == 1 else header >> 3)
        ends.append(place)
        if header & 1:
            return ends


def many_frames(number: int) -> bytes:
    return pcap_bytes(
        (1_700_000_000 + index, udp_frame(dns_query(f"host{index:05}.vn", index % 65_536), port=1_024 + index % 60_000))
        for index in range(number)
    )


@pytest.mark.parametrize("number", [5, 20_000])
@pytest.mark.parametrize("read_size", [61, 1 << 18])
def test_a_wrong_checksum_at_the_end_takes_no_packet_with_it(write_capture: WriteCapture, number: int, read_size: int) -> None:
    plain = many_frames(number)
    settings = PacketSettings(read_size=read_size)
    damaged = zstandard.ZstdCompressor(write_checksum=True).compress(plain)[:-4] + b"abcd"
    packed = gzip.compress(plain, mtime=0)
    for content in (damaged, packed[:-8] + b"abcd" + packed[-4:]):
        stats = read(write_capture(content), settings).stats
        told = (stats["read"], stats["damage_reason"], stats["damage_offset"])
        assert told == (number, "compressed_data_corrupt", len(plain))


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_what_breaks_off_before_the_first_packet_is_damaged_and_not_something_else(
    write_capture: WriteCapture, packing: str
) -> None:
    plain = pcap_bytes(FRAMES)
    packed = zstandard.compress(plain)[:30] if packing == "zstd" else gzip.compress(plain, mtime=0)[:11]
    path = write_capture(packed)
    stats = read(path).stats
    assert (stats["read"], stats["damage_reason"], stats["damage_offset"]) == (0, "compressed_data_cut", 0)
    # What it would have been cannot be known.
    assert probe_capture(path) is None


@pytest.mark.parametrize("read_size", [61, 1 << 18])
def test_of_a_packed_capture_every_whole_block_is_read(write_capture: WriteCapture, read_size: int) -> None:
    plain = many_frames(6_000)
    record = (len(plain) - 24) // 6_000
    packed = zstandard.ZstdCompressor(write_checksum=True).compress(plain)
    ends = zstd_blocks(packed)
    assert len(ends) > 3, "too few blocks to cut between them"
    for end in ends:
        whole = len(zstandard.ZstdDecompressor().decompressobj().decompress(packed[:end]))
        settings = PacketSettings(read_size=read_size)
        cut = read(write_capture(packed[:end]), settings).stats
        assert (cut["read"], cut["damage_reason"]) == ((whole - 24) // record, "compressed_data_cut")
        wrong = bytearray(packed)
        # A block of a type that does not exist.
        wrong[end : end + 3] = b"\x06\0\0"
        if end != ends[-1]:
            torn = read(write_capture(bytes(wrong)), settings).stats
            assert (torn["read"], torn["damage_reason"]) == ((whole - 24) // record, "compressed_data_corrupt")


def test_frames_one_after_another_and_frames_to_skip_are_one_capture(write_capture: WriteCapture) -> None:
    plain = many_frames(3_000)
    skipped = struct.pack("<II", 0x184D2A5A, 70_000) + bytes(70_000)
    parts = [plain[:1_000], b"", plain[1_000:150_000], plain[150_000:]]
    packed = skipped.join(zstandard.ZstdCompressor(level=level).compress(part) for level, part in enumerate(parts, 1))
    path = write_capture(packed + skipped)
    assert read(path, PacketSettings(read_size=97)).lines == read(write_capture(plain)).lines
    assert read(path).stats["damage_reason"] is None


@pytest.mark.parametrize(("window", "dictionary"), [(28, 0), (20, 7)])
def test_what_zstandard_may_do_and_we_do_not_is_named(write_capture: WriteCapture, window: int, dictionary: int) -> None:
    head = struct.pack("<IBB", 0xFD2FB528, 3 if dictionary else 0, (window - 10) << 3)
    content = head + (struct.pack("<I", dictionary) if dictionary else b"") + b"\x01\0\0"
    stats = read(write_capture(content)).stats
    assert (stats["read"], stats["damage_reason"]) == (0, "compressed_data_unsupported")


def test_sums_are_given_up_by_what_the_first_packets_say(write_capture: WriteCapture) -> None:
    good = udp_frame(dns_query("good.vn"))
    bad = good[:24] + b"\0\0" + good[26:]
    for frames, is_on in (([good, bad], True), ([good, bad, bad], False), ([good] * 600 + [bad] * 400 + [bad] * 900, True)):
        reading = read(write_capture(pcap_bytes((1_700_000_000, frame) for frame in frames)))
        assert reading.stats["checksums_on"] is is_on
        assert reading.stats["checksums_bad"] == (frames.count(bad) if is_on else 0)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_standard_input_is_read_like_a_file(write_capture: WriteCapture, pack: Callable[[bytes], bytes]) -> None:
    path = write_capture(pack(pcap_bytes(FRAMES)))
    kept = os.dup(0)
    try:
        with Path(path).open("rb") as capture:
            os.dup2(capture.fileno(), 0)
        assert read("-").lines == read(path).lines
    finally:
        os.dup2(kept, 0)
        os.close(kept)
