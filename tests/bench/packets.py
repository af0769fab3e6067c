"""Packets per second of our reader beside its peers, on one looped capture in one run.

`python -m tests.bench.packets [--data FOLDER] [--megabytes N] [--peers PYTHON]` writes `build/bench/packets.json`. The
peers (dpkt, nfstream, scapy) live in an environment of their own (`requirements/bench.txt`), named by `--peers`; the slow
ones read a slice. A loop rewrites addresses without changing a checksum: what one half of an address gains, the other
loses, in ones' complement. Seconds are CPU seconds of the process that reads, all its threads together.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import argparse
import json
import os
import resource
import struct
import subprocess
import sys
from pathlib import Path

from khien_engine.packet import CaptureReader, PacketSettings

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "python -m tests.bench.packets"
GOAL = 500_000.0
NFSTREAM_RATIO = 4.0
FOLDERS = ("suricata-verify", "zeek", "ndpi")
#: Microseconds between two packets of the loop: 200,000 packets a second of packet time.
STEP_US = 5
SCAPY_PACKETS = 20_000
MAGIC = b"\xd4\xc3\xb2\xa1"
ETHERNET = 1

PEERS = {
    "dpkt": """
import dpkt, sys
count = 0
with open(sys.argv[1], "rb") as file:
    for _, data in dpkt.pcap.Reader(file):
        dpkt.ethernet.Ethernet(data)
        count += 1
print(count)
""",
    "nfstream": """
import sys
from nfstream import NFStreamer
print(sum(flow.bidirectional_packets for flow in NFStreamer(source=sys.argv[1], n_meters=1)))
""",
    "scapy": """
import sys
from scapy.all import PcapReader
from scapy.layers.all import *
print(sum(1 for packet in PcapReader(sys.argv[1])))
""",
}


def frames(data: Path) -> list[bytes]:
    """Ethernet frames of the plain little-endian captures of the test data, whole ones only."""
    found: list[bytes] = []
    for folder in FOLDERS:
        for path in sorted((data / "pcap" / folder).rglob("*.pcap")):
            content = path.read_bytes() if path.is_file() else b""
            if content[:4] != MAGIC or struct.unpack_from("<I", content, 20)[0] & 0x03FFFFFF != ETHERNET:
                continue
            at = 24
            while at + 16 <= len(content):
                captured, wire = struct.unpack_from("<II", content, at + 8)
                if captured == wire <= len(content) - at - 16:
                    found.append(content[at + 16 : at + 16 + captured])
                at += 16 + captured
    return found


def shifted(frame: bytes, turn: int) -> bytes:
    """The frame between other IPv4 addresses, every checksum still right."""
    if turn == 0 or frame[12:14] != b"\x08\x00" or len(frame) < 34:
        return frame
    words = list(struct.unpack_from(">4H", frame, 26))
    for at in (0, 2):
        high, low = words[at] + turn, words[at + 1] + 0xFFFF - turn
        words[at], words[at + 1] = (high & 0xFFFF) + (high >> 16), (low & 0xFFFF) + (low >> 16)
    return frame[:26] + struct.pack(">4H", *words) + frame[34:]


def write_loop(path: Path, sample: list[bytes], size: int) -> int:
    """Write at least `size` bytes; how many packets that were."""
    count, turn, written = 0, 0, 0
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        while written < size:
            parts = []
            for frame in sample:
                moment = 1_700_000_000_000_000 + count * STEP_US
                record = struct.pack("<IIII", moment // 1_000_000, moment % 1_000_000, len(frame), len(frame))
                parts.append(record + shifted(frame, turn))
                count += 1
            written += file.write(b"".join(parts))
            turn += 1
    return count


def cpu_seconds(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def ours(path: Path) -> tuple[int, float]:
    """Packets and CPU seconds of our reader, everything on, lines handed to Python."""
    before = cpu_seconds(resource.RUSAGE_SELF)
    reader = CaptureReader(str(path), PacketSettings(checksums="on"))
    lines = sum(batch.count for batch in reader)
    stats = reader.stats()
    if lines != sum(stats["events"].values()):
        sys.exit("the batches do not add up to the account")
    return stats["read"], cpu_seconds(resource.RUSAGE_SELF) - before


def replay(path: Path) -> tuple[int, float]:
    """The same of `khien replay`, its start included: decoded, stamped, matched, correlated and stored with full text."""
    before = cpu_seconds(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "khien", "replay", "--json", str(path)]
    done = subprocess.run(command, capture_output=True, check=True)
    answer = json.loads(done.stdout)
    if not answer["ledger"]["balanced"]:
        sys.exit("the ledger of the replay does not balance")
    return int(answer["files"][0]["counters"]["read"]), cpu_seconds(resource.RUSAGE_CHILDREN) - before


def peer(python: str, name: str, path: Path) -> tuple[int, float] | None:
    """The same of a peer in its own process, less what starting it costs; `None` when it is not there."""
    if subprocess.run([python, "-c", f"import {name}"], capture_output=True, check=False).returncode != 0:
        return None
    spent = []
    answer = 0
    for script in (f"import {name}", PEERS[name]):
        before = cpu_seconds(resource.RUSAGE_CHILDREN)
        done = subprocess.run([python, "-c", script, str(path)], capture_output=True, text=True, check=True)
        spent.append(cpu_seconds(resource.RUSAGE_CHILDREN) - before)
        answer = int(done.stdout or 0)
    return answer, max(spent[1] - spent[0], 1e-6)


def figure(name: str, value: float, unit: str, bound: float | None) -> dict[str, object]:
    passed = bound is None or value >= bound
    return {"name": name, "value": round(value, 1), "unit": unit, "bound": bound, "passed": passed, "command": COMMAND}


def measure(folder: Path, data: Path, megabytes: int, python: str) -> list[dict[str, object]]:
    sample = frames(data)
    loop, piece = folder / "packets.pcap", folder / "packets-slice.pcap"
    packets = write_loop(loop, sample, megabytes << 20)
    write_loop(piece, sample[:SCAPY_PACKETS], 1)
    loop.read_bytes()
    read, seconds = min((ours(loop) for _ in range(3)), key=lambda run: run[1])
    if read != packets:
        sys.exit(f"wrote {packets} packets and read {read}")
    rate = read / seconds
    found = [
        figure("packets.khien", rate, "packets/CPU s", GOAL),
        figure("packets.khien.bytes", loop.stat().st_size / seconds / 1e6, "MB/CPU s", 190.0),
        figure("packets.khien.rss", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB peak", None),
    ]
    whole, whole_seconds = replay(loop)
    found.append(figure("packets.khien_replay", whole / whole_seconds, "packets/CPU s", None))
    for name in PEERS:
        run = peer(python, name, piece if name == "scapy" else loop)
        if run is None:
            print(f"{name} is not installed for {python}; left out", file=sys.stderr)
            continue
        theirs = run[0] / run[1]
        found.append(figure(f"packets.{name}", theirs, "packets/CPU s", None))
        bound = NFSTREAM_RATIO if name == "nfstream" else None
        found.append(figure(f"packets.khien_to_{name}", rate / theirs, "ratio", bound))
        found.append(figure(f"packets.khien_replay_to_{name}", whole / whole_seconds / theirs, "ratio", None))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog=COMMAND)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("KHIEN_TEST_DATA", ROOT / "../shared/data")))
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--peers", default=sys.executable, help="the Python that has dpkt, nfstream and scapy")
    chosen = parser.parse_args()
    folder = ROOT / "build" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    found = measure(folder, chosen.data, chosen.megabytes, chosen.peers)
    (folder / "packets.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for path in folder.glob("packets*.pcap"):
        path.unlink()
    for item in found:
        print(f"{item['name']:32} {item['value']:>14} {item['unit']}")
    return 0 if all(item["passed"] for item in found) else 1


if __name__ == "__main__":
    sys.exit(main())
