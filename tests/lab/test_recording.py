"""The committed recording against its answer key, by plain means: no part of the product is asked."""

import base64
import itertools
import os
import re
import shutil
import statistics
import struct
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import plan
from lab.clients.tunnel import marker
from lab.frames import BrokenRecordingError, Frame, read_frames
from lab.key import Act, NearMiss, Window, answer_key
from lab.ordinary import NEAR_MISSES
from lab.scenario import ACTS, BEACON, SSH_NAMES, TUNNEL_BYTES
from lab.verify import MAXIMUM_BYTES, Recording, Span, main

LAB = Path(__file__).resolve().parents[2] / "lab"
CAPTURE = LAB / "recording" / "capture.pcapng"
_EPOCH = datetime.fromtimestamp(0, tz=UTC)
_SYN, _RST, _ACK = 0x02, 0x04, 0x10


@pytest.fixture(scope="module")
def recording() -> Recording:
    return Recording(LAB / "recording", LAB / "expected.yaml")


def _act(recording: Recording, name: str) -> dict[str, Any]:
    return next(act for act in recording.key["acts"] if act["id"] == name)


def _frames_of(recording: Recording, name: str) -> list[Frame]:
    span = Span.of(_act(recording, name))
    return [frame for time, frame in recording.frames if span.holds(time)]


def _lines_of(recording: Recording, name: str, file: str) -> list[str]:
    span = Span.of(_act(recording, name))
    return [line.text for line in recording.lines[file] if span.holds(line.time)]


def test_every_act_and_near_miss_is_visible_and_nothing_foreign_is_inside(recording: Recording) -> None:
    assert recording.problems() == []


def test_all_seven_acts_of_the_issue_are_there(recording: Recording) -> None:
    assert {act["id"] for act in recording.key["acts"]} == {
        "port-scan",
        "ssh-password-guessing",
        "mail-password-guessing",
        "sql-injection",
        "web-shell",
        "beacon",
        "dns-exfiltration",
    }


def test_the_recording_fits_into_ten_megabytes() -> None:
    files = [path for path in (LAB / "recording").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= MAXIMUM_BYTES == 10_485_760


def test_the_key_says_what_the_scenario_declares(recording: Recording) -> None:
    """The key in the repository was not edited: with its own times, the scenario writes it again."""

    def window(entry: dict[str, Any]) -> Window:
        start, end = (datetime.fromisoformat(entry[side]) for side in ("from", "to"))
        microsecond = timedelta(microseconds=1)
        return Window(entry["id"], (start - _EPOCH) // microsecond, (end - _EPOCH) // microsecond)

    acts: dict[str, Act] = {act.name: act for act in (*ACTS, BEACON)}
    near: dict[str, NearMiss] = {one.name: one for one in NEAR_MISSES}
    again = answer_key(
        acts=[(acts[entry["id"]], window(entry)) for entry in recording.key["acts"]],
        near_misses=[(near[entry["id"]], window(entry)) for entry in recording.key["near_misses"]],
        ordinary=[window(entry) for entry in recording.key["ordinary"]],
        whole=window({"id": "whole", **recording.key["recorded"]}),
    )
    assert yaml.safe_load(yaml.safe_dump(again)) == recording.key


def test_ordinary_windows_hold_no_act_and_last_long_enough(recording: Recording) -> None:
    acts = [Span.of(act) for act in recording.key["acts"]]
    spans = {entry["id"]: Span.of(entry) for entry in recording.key["ordinary"]}
    assert spans["before"].end - spans["before"].start >= timedelta(seconds=140)
    assert spans["after"].end - spans["after"].start >= timedelta(seconds=60)
    for span in spans.values():
        assert all(act.end <= span.start or span.end <= act.start for act in acts)


def test_every_kind_of_near_miss_resembles_a_known_act(recording: Recording) -> None:
    names = {act["id"] for act in recording.key["acts"]}
    assert {near["resembles"] for near in recording.key["near_misses"]} == names


def test_the_plain_reader_agrees_with_scapy() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from scapy.layers.inet import IP, TCP, UDP  # noqa: PLC0415 -- slow to import, and warns
        from scapy.layers.l2 import Ether  # noqa: PLC0415
        from scapy.utils import RawPcapNgReader  # noqa: PLC0415
    ours = list(read_frames(CAPTURE))
    with RawPcapNgReader(str(CAPTURE)) as reader:
        raw: list[tuple[bytes, Any]] = list(reader)
    assert len(ours) == len(raw)
    for frame, (content, meta) in list(zip(ours, raw, strict=True))[::50]:
        packet = Ether(content)
        assert frame.time_us == (meta.tshigh << 32 | meta.tslow)
        assert (frame.source_mac, frame.is_whole) == (packet.src, meta.wirelen == len(content))
        if IP not in packet:
            continue
        assert (frame.source, frame.destination, frame.time_to_live) == (packet[IP].src, packet[IP].dst, packet[IP].ttl)
        for layer in (TCP, UDP):
            if layer in packet:
                assert (frame.source_port, frame.destination_port) == (packet[layer].sport, packet[layer].dport)
                # scapy shows padding behind the packet apart from the payload, as it should be.
                length = packet[IP].len - packet[IP].ihl * 4 - (packet[TCP].dataofs * 4 if layer is TCP else 8)
                assert len(frame.payload) == length


def test_checksums_are_right_so_no_reader_needs_an_excuse() -> None:
    wrong = [number for number, (packet, _) in enumerate(_tcp_packets()) if _checksum_with_pseudo_header(packet) != 0xFFFF]
    assert wrong == []


def test_the_scan_met_open_and_closed_ports(recording: Recording) -> None:
    open_ports, closed_ports = set(), set()
    span = Span.of(_act(recording, "port-scan"))
    for packet, time_us in _tcp_packets():
        time = _EPOCH + timedelta(microseconds=time_us)
        if span.holds(time) and packet[16:20] == plan.ATTACKER.address.packed and packet[12:16] == plan.MAIL.address.packed:
            (port,) = struct.unpack_from(">H", packet, 20)
            flags = packet[33]
            if flags & (_SYN | _ACK) == _SYN | _ACK:
                open_ports.add(port)
            elif flags & _RST:
                closed_ports.add(port)
    assert open_ports == {22, 25, 143, 587, 993}
    assert len(closed_ports) > 1000


def test_ssh_guessing_tried_every_name_and_never_succeeded(recording: Recording) -> None:
    lines = [line for line in _lines_of(recording, "ssh-password-guessing", "cong-tt/auth.log") if "192.0.2.200" in line]
    tried = re.findall(r"Failed password for (?:invalid user )?(\S+) from 192\.0\.2\.200", "\n".join(lines))
    assert set(tried) == set(SSH_NAMES)
    assert len(tried) == 40
    assert not [line for line in lines if "Accepted" in line]


def test_mail_guessing_found_exactly_one_password(recording: Recording) -> None:
    lines = [line for line in _lines_of(recording, "mail-password-guessing", "mail/mail.log") if "192.0.2.200" in line]
    text = "\n".join(lines)
    assert sum(int(count) for count in re.findall(r"auth failed, (\d+) attempts", text)) >= 20
    assert len(re.findall(r"SASL LOGIN authentication failed", text)) == 12
    assert set(re.findall(r"imap-login: Login: user=<([^>]+)>", text)) == {"motcua.vinhloc@bensen.example"}


def test_the_web_shell_executed_nothing(recording: Recording) -> None:
    answers = [
        frame.payload.partition(b"\r\n\r\n")[2]
        for frame in _frames_of(recording, "web-shell")
        if frame.source == str(plan.PORTAL.address) and b"text/plain" in frame.payload
    ]
    assert len(answers) == 5
    assert set(answers) == {b"uid=33(www-data) gid=33(www-data) groups=33(www-data)\n"}


def test_the_beacon_keeps_its_interval_with_jitter(recording: Recording) -> None:
    ends = (str(plan.COMMUNE_AN_BINH.address), str(plan.COMMAND.address))
    hellos = [
        frame.time_us / 1e6
        for frame in _frames_of(recording, "beacon")
        if (frame.source, frame.destination) == ends and b"cdn-update.example" in frame.payload
    ]
    assert len(hellos) == 40
    pauses = [later - earlier for earlier, later in itertools.pairwise(hellos)]
    assert statistics.mean(pauses) == pytest.approx(5.0, abs=0.2)
    assert 0.1 < statistics.stdev(pauses) < 1.0


def test_the_marker_left_byte_for_byte_by_both_legs_of_dns(recording: Recording) -> None:
    frames = [frame for frame in _frames_of(recording, "dns-exfiltration") if frame.protocol == "udp"]
    legs = (plan.COMMUNE_VINH_LOC, plan.RESOLVER), (plan.RESOLVER, plan.COMMAND)
    for source, destination in legs:
        ends = (str(source.address), str(destination.address), 53)
        asked = [frame.payload for frame in frames if (frame.source, frame.destination, frame.destination_port) == ends]
        assert _carried(asked) == marker(TUNNEL_BYTES)


def test_only_role_accounts_of_the_plan_log_in(recording: Recording) -> None:
    text = "\n".join(line.text for lines in recording.lines.values() for line in lines)
    found = set(re.findall(r"Accepted \S+ for (\S+)", text)) | set(re.findall(r"Login: user=<([^>]+)>", text))
    found |= set(re.findall(r"client=\S+ sasl_method=PLAIN, sasl_username=(\S+)", text))
    assert found <= set(plan.SSH_PASSWORDS) | set(plan.MAIL_PASSWORDS)
    assert len(found) >= 4


@pytest.mark.parametrize(
    ("name", "spoil", "said"),
    [
        ("a log line is gone", lambda folder: _drop_lines(folder / "cong-tt/auth.log", "invalid user oracle"), "ssh-password"),
        ("a file is gone", lambda folder: (folder / "mail/auth.log").unlink(), "mail/auth.log"),
        ("a file is too many", lambda folder: (folder / "extra.log").touch(), "extra.log is only in the folder"),
        ("a foreign address", lambda folder: _replace(folder / "capture.pcapng", "192.0.2.210", "8.8.8.8"), "8.8.8.8 is not in"),
        ("the key's other half", lambda folder: _drop_lines(folder / "mail/mail.log", "SASL LOGIN"), "mail-password-guessing"),
        ("another host's line", lambda folder: _rename_host(folder / "mail/auth.log"), "not a line of syslog of host mail"),
    ],
)
def test_a_spoiled_recording_is_noticed(
    name: str, spoil: Callable[[Path], object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "recording"
    shutil.copytree(LAB / "recording", folder)
    words = ["--recording", str(folder), "--key", str(LAB / "expected.yaml")]
    spoil(folder)
    assert main(words) == 1, name
    assert said in capsys.readouterr().err


def test_a_sound_recording_ends_with_status_0_and_says_what_was_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.endswith("\n0 problems\n")


def test_a_torn_capture_is_one_clear_error(tmp_path: Path) -> None:
    torn = tmp_path / "torn.pcapng"
    torn.write_bytes(CAPTURE.read_bytes()[:10_001])
    with pytest.raises(BrokenRecordingError, match=r"torn\.pcapng: a block at byte \d+ claims \d+ bytes"):
        list(read_frames(torn))


def test_the_recording_is_readable_by_everybody() -> None:
    assert all(os.access(path, os.R_OK) for path in (LAB / "recording").rglob("*"))


def _tcp_packets() -> list[tuple[bytes, int]]:
    """IPv4 packets that carry TCP, without padding, and their times; read here from the pcapng's own blocks."""
    data = CAPTURE.read_bytes()
    place, found = 0, []
    while place < len(data):
        kind, length = struct.unpack_from("<II", data, place)
        if kind == 6:
            high, low, captured = struct.unpack_from("<III", data, place + 12)
            packet = data[place + 28 + 14 : place + 28 + captured]
            is_ipv4 = data[place + 28 + 12 : place + 28 + 14] == b"\x08\x00"
            if is_ipv4 and packet[9] == 6:
                (total,) = struct.unpack_from(">H", packet, 2)
                found.append((packet[:total], (high << 32) | low))
        place += length
    return found


def _checksum_with_pseudo_header(packet: bytes) -> int:
    """The ones' complement sum that must be all ones (RFC 9293, section 3.1)."""
    segment = packet[(packet[0] & 15) * 4 :]
    data = packet[12:20] + struct.pack(">HH", 6, len(segment)) + segment + b"\0" * (len(segment) % 2)
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def _carried(queries: list[bytes]) -> bytes:
    """What the names of TXT questions under the attacker's domain carry, put together by their sequence numbers."""
    pieces = {}
    for query in queries:
        labels, place = [], 12
        while query[place]:
            labels.append(query[place + 1 : place + 1 + query[place]].decode("ascii").lower())
            place += 1 + query[place]
        (kind,) = struct.unpack_from(">H", query, place + 1)
        if kind == 16 and labels[-2:] == ["dong-bo", "example"]:
            pieces[int(labels[0], 16)] = b"".join(base64.b32decode(label.upper()) for label in labels[1:-2])
    return b"".join(pieces[number] for number in sorted(pieces))


def _drop_lines(path: Path, word: str) -> None:
    kept = [line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if word not in line]
    path.write_text("".join(kept), encoding="utf-8")


def _rename_host(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace(" mail sshd", " thu sshd"), encoding="utf-8")


def _replace(path: Path, old: str, new: str) -> None:
    before, after = (bytes(int(part) for part in address.split(".")) for address in (old, new))
    path.write_bytes(path.read_bytes().replace(before, after))
