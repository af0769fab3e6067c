"""The suite of nDPI's flow lists: packets and bytes of every flow both ways, and the name of the host it went to.

A capture counts when its lines add up to all of its packets. A flow is one line however long it was silent, so records
between the same ends are added up first.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import khien_engine

from tests.conformance.ends import Counters, End, Ends, counted, end, ends, ends_of
from tests.conformance.engine import Event, Reading, Value, read, split
from tests.conformance.outcome import Check, Report
from tests.conformance.running import run_all

_SETTINGS: dict[str, Value] = {"checksums": "off", "interim_interval": 0, "midstream": True}
_LINE = re.compile(
    r"\t(?P<number>\d+)\t(?P<transport>[A-Z][A-Za-z0-9-]*) (?P<one>\S+):(?P<one_port>\d+) (?:<->|->) "
    r"(?P<other>\S+):(?P<other_port>\d+) .*?\[proto: (?:[^]]*?[/:])?(?P<base>[A-Za-z][\w-]*)(?:\.[^]]*)?\].*?"
    r"\[(?P<one_packets>\d+) pkts/(?P<one_bytes>\d+) bytes (?:<->|->) (?P<other_packets>\d+) pkts/(?P<other_bytes>\d+) bytes\]"
)
_NAME = re.compile(r"\[Hostname/SNI: ([^]]*)\]")
_TRANSPORTS = {"icmpv6": "ipv6-icmp"}
#: Their protocols whose host names we report.
_NAMED = frozenset({"DNS", "MDNS", "LLMNR", "HTTP", "HTTP_Connect", "HTTP_Proxy", "TLS", "QUIC", "DHCP"})
#: nDPI keeps this much of a name.
_NAME_LIMIT = 72
#: Where a host's name stands in our events.
_NAME_FIELDS = (
    "dns.question.name",
    "khien.dns.questions.name",
    "dns.answers.name",
    "khien.dns.authorities.name",
    "khien.dns.additionals.name",
    "tls.client.server_name",
    "url.domain",
    "host.hostname",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One flow as nDPI lists it."""

    number: int
    ends: Ends
    sent: tuple[tuple[End, int, int], tuple[End, int, int]]
    base: str
    hostname: str | None

    @property
    def packets(self) -> int:
        """Packets both ways."""
        return sum(packets for _, packets, _ in self.sent)


def parse(text: str) -> Iterator[Line]:
    """The flow lines of an `.out` file."""
    for raw in text.splitlines():
        found = _LINE.match(raw)
        if found is None:
            continue
        name = found["transport"].lower()
        transport = _TRANSPORTS.get(name, name)
        one = end(transport, _address(found["one"]), int(found["one_port"]))
        other = end(transport, _address(found["other"]), int(found["other_port"]))
        hostname = _NAME.search(raw)
        yield Line(
            number=int(found["number"]),
            ends=ends(transport, one, other),
            sent=(
                (one, int(found["one_packets"]), int(found["one_bytes"])),
                (other, int(found["other_packets"]), int(found["other_bytes"])),
            ),
            base=found["base"],
            hostname=None if hostname is None else hostname[1],
        )


def _address(text: str) -> str:
    """An address as nDPI writes it: it shortens `:0:` to `::` even where there is a `::` already."""
    bare = text.strip("[]")
    return bare.replace("::", ":0:", 1) if bare.count("::") > 1 else bare


@dataclass(slots=True)
class Judged:
    """The verdicts on one capture."""

    checks: list[Check] = field(default_factory=list)
    unsupported: str | None = None
    error: str | None = None


def _judge(name: str, lines: list[Line], reading: Reading) -> list[Check]:
    ours, theirs = counted(reading.events), defaultdict[Ends, Counters](Counters)
    for line in lines:
        for sender, packets, size in line.sent:
            theirs[line.ends].add(sender, packets=packets, size=size)
    names = _names(reading.events)
    checks = []
    for line in lines:
        passed = line.ends in ours and ours[line.ends].is_same(theirs[line.ends])
        checks.append(Check(name=f"{name}:{line.number}", kind="flow", passed=passed, strict=passed))
        if line.hostname is not None and line.base in _NAMED:
            passed = _is_named(line.hostname, names[line.ends])
            checks.append(Check(name=f"{name}:{line.number} {line.hostname}", kind="hostname", passed=passed, strict=passed))
    return checks


def _names(events: tuple[Event, ...]) -> dict[Ends, set[str]]:
    found: dict[Ends, set[str]] = defaultdict(set)
    for event in events:
        key = ends_of(event)
        if key is not None and event["event"]["dataset"] != "network.flow":
            for path in _NAME_FIELDS:
                found[key].update(name.lower() for name in values_at(event, path.split(".")) if isinstance(name, str))
    return found


def values_at(value: object, path: list[str]) -> Iterator[object]:
    """All values at a path, through lists."""
    if isinstance(value, list):
        for entry in value:
            yield from values_at(entry, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from values_at(value[path[0]], path[1:])


def _is_named(expected: str, names: set[str]) -> bool:
    """Whether one of our names is theirs: without a port, cut at their limit, `?` for what is no letter of a name."""
    wanted = re.sub(r":\d+$", "", expected.lower())
    pattern = re.sub(r"(?:\\\?)+", ".+", re.escape(wanted)) + (".*" if len(wanted) >= _NAME_LIMIT else "")
    return expected.lower() in names or any(re.fullmatch(pattern, name, re.DOTALL) for name in names)


def run_capture(path: Path) -> Judged:
    """Judge one capture."""
    lines = list(parse(path.with_name(f"{path.name}.out").read_text(encoding="utf-8", errors="replace")))
    try:
        reading = read(path, split(_SETTINGS)[0])
    except khien_engine.EngineError as error:
        return Judged(error=f"{path.name}: {error}")
    if sum(line.packets for line in lines) != reading.stats["read"]:
        return Judged(unsupported="their lines leave packets out")
    return Judged(checks=_judge(path.name, lines, reading))


def captures(root: Path, select: Callable[[str], bool]) -> list[Path]:
    """The captures with a list beside them."""
    found = (answer.with_suffix("") for answer in sorted(root.rglob("*.out")))
    return [path for path in found if path.is_file() and select(path.name)]


def run(root: Path, select: Callable[[str], bool]) -> Report:
    """The whole suite below `root`."""
    report = Report(suite="ndpi")
    paths = captures(root, select)
    for path, judged in zip(paths, run_all(run_capture, paths, title=report.suite), strict=True):
        report.extend(judged.checks)
        if judged.unsupported is not None:
            report.unsupported[judged.unsupported].append(path.name)
        if judged.error is not None:
            report.notes["could not be read"].append(judged.error)
    return report


def show(root: Path, name: str) -> Iterator[str]:
    """The lines to print about one capture."""
    for path in captures(root, lambda candidate: candidate == name):
        reading = read(path, split(_SETTINGS)[0])
        ours, names = counted(reading.events), _names(reading.events)
        for line in parse(path.with_name(f"{path.name}.out").read_text(encoding="utf-8", errors="replace")):
            yield f"{line.number} {line.ends[0]} {line.sent} {line.base} {line.hostname or ''}"
            counters = ours.get(line.ends)
            told = "no such flow" if counters is None else f"{dict(counters.packets)} {dict(counters.bytes)}"
            yield f"    ours {told} {sorted(names[line.ends])}"
