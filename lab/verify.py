"""Checks the recording against its answer key by plain means: `python -m lab.verify`.

Looks into packets and log lines itself and asks no part of the product. Every act and every near miss must be
visible in its window, the ordinary windows must be free of the attacker, and nothing foreign may be inside.
Exit status: 0 all holds, 1 something does not.
"""

import argparse
import hashlib
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from lab.frames import BrokenRecordingError, Frame, read_frames
from lab.plan import ATTACKER, COMMAND, NETWORKS

MAXIMUM_BYTES = 10 * 1024 * 1024
_HERE = Path(__file__).resolve().parent
_HOST_MAC_PREFIX = "02:4b:68:02:"
_FOREIGN = ("PRIVATE KEY", "/root/")
_OUTSIDE_ONLY = {str(ATTACKER.address), str(COMMAND.address)}
_SYSLOG = re.compile(r"(?P<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?P<host>\S+) ")
_ACCESS = re.compile(r"\S+ - \S+ \[(?P<time>[^\]]+)\] ")
_ERROR = re.compile(r"(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[")
_SECOND = timedelta(seconds=1)

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One log line with its time in UTC."""

    time: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, both included."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, entry: Document) -> "Span":
        """The window of an entry of the key."""
        return cls(datetime.fromisoformat(entry["from"]), datetime.fromisoformat(entry["to"]))

    def holds(self, time: datetime, *, slack: timedelta = timedelta(0)) -> bool:
        """Whether a time lies inside."""
        return self.start - slack <= time <= self.end + slack


class Recording:
    """The recording, read once: frames, log lines, manifest and key."""

    def __init__(self, folder: Path, key: Path) -> None:
        self.folder = folder
        self.key: Document = yaml.safe_load(key.read_text(encoding="utf-8"))
        self.manifest: Document = yaml.safe_load((folder / "manifest.yaml").read_text(encoding="utf-8"))
        self.whole = Span.of(self.key["recorded"])
        self.frames = [(_time_of(frame), frame) for frame in read_frames(folder / "capture.pcapng")]
        self.lines = {entry["path"]: self._read_log(entry) for entry in self._logs()}

    def problems(self) -> list[str]:
        """Everything that does not hold, one sentence each; empty when the recording is sound."""
        found = [*self._check_files(), *self._check_frames(), *self._check_lines(), *self._check_foreign()]
        for kind in ("acts", "near_misses"):
            for entry in self.key[kind]:
                found += [f"{entry['id']}: {problem}" for problem in self.missing_evidence(entry)]
        return found + [problem for window in self.key["ordinary"] for problem in self._check_ordinary(window)]

    def missing_evidence(self, entry: Document) -> list[str]:
        """What the key promises of an act or near miss and its window does not show."""
        span = Span.of(entry)
        missing = []
        for piece in entry["evidence"]:
            seen, lacking = self._count(piece, span)
            if seen < piece["at_least"] or lacking:
                missing.append(f"{seen} of {piece['at_least']} {piece['kind']} in {piece['file']}, without {lacking}: {piece}")
        return missing

    def _count(self, piece: Document, span: Span) -> tuple[int, list[str]]:
        if piece["kind"] == "log":
            lines = [line.text for line in self.lines[piece["file"]] if span.holds(line.time)]
            return sum(all(word in text for word in piece["words"]) for text in lines), []
        frames = [frame for time, frame in self.frames if span.holds(time) and _is_of(frame, piece)]
        payloads = [frame.payload for frame in frames]
        wanted: list[str] = piece.get("contains", [])
        return len(frames), [word for word in wanted if not any(word.encode() in payload for payload in payloads)]

    def _logs(self) -> list[Document]:
        return [entry for entry in self.manifest["files"] if entry["format"] != "pcapng"]

    def _read_log(self, entry: Document) -> list[Line]:
        text = (self.folder / entry["path"]).read_text(encoding="utf-8")
        zone = ZoneInfo(entry["time_zone"])
        return [_line(row, entry=entry, zone=zone, year=self.whole.start.year) for row in text.splitlines()]

    def _check_files(self) -> list[str]:
        found = []
        total = 0
        named = {"manifest.yaml"} | {entry["path"] for entry in self.manifest["files"]}
        for entry in self.manifest["files"]:
            content = (self.folder / entry["path"]).read_bytes()
            total += len(content)
            if not content or len(content) != entry["bytes"] or hashlib.sha256(content).hexdigest() != entry["sha256"]:
                found.append(f"{entry['path']} is empty or not the file of the manifest")
        present = {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}
        found += [f"{name} is only in the folder or only in the manifest" for name in sorted(present ^ named)]
        if total > MAXIMUM_BYTES:
            found.append(f"the recording has {total} bytes, more than {MAXIMUM_BYTES}")
        return found

    def _check_frames(self) -> list[str]:
        found = set()
        capture = self.manifest["files"][0]
        if capture["dropped"] or capture["packets"] != len(self.frames):
            found.add(f"the manifest says {capture['packets']} packets and {capture['dropped']} dropped")
        before = self.whole.start - _SECOND
        for time, frame in self.frames:
            if not self.whole.holds(time, slack=_SECOND) or time < before:
                found.add(f"a frame at {time} is out of order or out of the day")
            before = max(before, time)
            if not frame.is_whole:
                found.add("a frame is cut short")
            if not frame.source_mac.startswith(_HOST_MAC_PREFIX):
                found.add(f"a frame from {frame.source_mac} was not sent by a host: frames would be seen twice")
            if frame.protocol not in {"tcp", "udp", "icmp", "arp"}:
                found.add(f"an unexpected frame: {frame.protocol}")
            found |= {f"{address} is not in the plan" for address in (frame.source, frame.destination) if not _is_planned(address)}
        return sorted(found)

    def _check_lines(self) -> list[str]:
        found = []
        for file, lines in self.lines.items():
            late = [line for line in lines if not self.whole.holds(line.time, slack=_SECOND)]
            found += [f"{file}: out of the recorded day: {line.text}" for line in late]
        return found

    def _check_foreign(self) -> list[str]:
        found = []
        for entry in self.manifest["files"]:
            content = (self.folder / entry["path"]).read_bytes()
            found += [f"{entry['path']} contains `{word}`" for word in _FOREIGN if word.encode() in content]
        return found

    def _check_ordinary(self, window: Document) -> list[str]:
        span = Span.of(window)
        # `to` is not included: an act may begin in that second.
        inner = Span(span.start, span.end - timedelta(microseconds=1))
        packets = [frame for time, frame in self.frames if inner.holds(time) and {frame.source, frame.destination} & _OUTSIDE_ONLY]
        found = [f"ordinary {window['id']}: {len(packets)} packets of the attacker"] if packets else []
        for file, lines in self.lines.items():
            texts = [line.text for line in lines if inner.holds(line.time)]
            guilty = [text for text in texts if any(f"{address}" in text for address in _OUTSIDE_ONLY)]
            found += [f"ordinary {window['id']}: {file}: {text}" for text in guilty]
        return found


def _time_of(frame: Frame) -> datetime:
    return datetime.fromtimestamp(0, tz=UTC) + timedelta(microseconds=frame.time_us)


def _is_of(frame: Frame, piece: Document) -> bool:
    ends = (frame.source, frame.destination, frame.protocol)
    is_there = ends == (piece["source"], piece["destination"], piece["protocol"])
    return is_there and piece.get("port", frame.destination_port) == frame.destination_port


def _is_planned(address: str) -> bool:
    # 0.0.0.0 is the sender of an address probe (RFC 5227).
    return address == "0.0.0.0" or any(IPv4Address(address) in network.prefix for network in NETWORKS)


def _line(text: str, *, entry: Document, zone: ZoneInfo, year: int) -> Line:
    pattern = {"syslog": _SYSLOG, "nginx_access": _ACCESS, "nginx_error": _ERROR}[entry["format"]]
    found = pattern.match(text)
    if found is None or found.groupdict().get("host", entry["host"]) != entry["host"]:
        message = f"{entry['path']}: not a line of {entry['format']} of host {entry['host']}: {text}"
        raise BrokenRecordingError(message)
    stamp = found["time"]
    if entry["format"] == "nginx_access":
        return Line(datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z"), text)
    form = "%Y/%m/%d %H:%M:%S" if entry["format"] == "nginx_error" else "%Y %b %d %H:%M:%S"
    whole = stamp if entry["format"] == "nginx_error" else f"{year} {stamp}"
    return Line(datetime.strptime(whole, form).replace(tzinfo=zone), text)


def main(words: list[str]) -> int:
    """Runs the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m lab.verify", description="Checks the recorded lab day.")
    parser.add_argument("--recording", type=Path, default=_HERE / "recording")
    parser.add_argument("--key", type=Path, default=_HERE / "expected.yaml")
    chosen = parser.parse_args(words)
    try:
        recording = Recording(chosen.recording, chosen.key)
        problems = recording.problems()
    except (OSError, BrokenRecordingError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    for problem in problems:
        sys.stderr.write(f"error: {problem}\n")
    acts = ", ".join(act["id"] for act in recording.key["acts"])
    sys.stdout.write(f"{len(recording.frames)} frames, {sum(map(len, recording.lines.values()))} lines; acts: {acts}\n")
    sys.stdout.write(f"{len(problems)} problems\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
