"""The lanes of the matching benchmark: the same events twice, as ours and flat, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import orjson
from khien_engine import EngineError
from khien_engine.detect import stamp
from khien_engine.logs import EventFile, LogParser, detect_format
from khien_engine.packet import CaptureReader, PacketSettings

from tests.bench.detect.flat import flat

#: Where a flat event says which line it is; no rule asks for it.
LINE = "khien_line"
_SAMPLE = 1 << 16
_CAPTURES = ("zeek", "arkime", "ndpi")
_WEB_LOGS = ("crowdsec", "lnav")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One kind of events. `events` is how many stand in either file; a measured run reads them `loops` times."""

    name: str
    says: str
    ours: Path
    flat: Path
    events: int
    ours_bytes: int
    flat_bytes: int
    loops: int


@dataclass(frozen=True, slots=True)
class Kind:
    """Where a lane's events come from; `lines` are what the readers hand to the spool."""

    name: str
    says: str
    loops: int
    lines: Iterable[bytes]


def kinds(data: Path, lab: Path) -> Iterator[Kind]:
    """Every lane's events, read as they are asked for."""
    regression = sorted((data / "sigma" / "regression_data").rglob("*.evtx"))
    yield Kind("regression", "SigmaHQ's regression records, looped (match-heavy)", 161, _records(regression))
    yield Kind("ordinary", "event logs of ordinary machines", 16, _records(sorted((data / "evtx" / "ordinary").glob("*.evtx"))))
    yield Kind("web", "access logs of CrowdSec's and lnav's tests and of the lab", 81, _web(data / "logs", lab))
    yield Kind("network", "flow and DNS events of the public captures", 21, _network(data / "pcap"))


def make_lanes(data: Path, lab: Path, folder: Path) -> Iterator[Lane]:
    """Every lane, written below the folder."""
    for kind in kinds(data, lab):
        yield _written(kind, folder)


def _written(kind: Kind, folder: Path) -> Lane:
    stream = {"sensor": "bench", "dataset": "live", "ingested": "2026-11-23T04:40:15.000000Z", "inventory": None}
    stamped = stamp(b"".join(kind.lines), epoch=1, first_seq=1, **stream).lines  # type: ignore[arg-type]
    ours, other = folder / f"{kind.name}.ours.ndjson", folder / f"{kind.name}.flat.ndjson"
    ours.write_bytes(stamped)
    events = [orjson.loads(line) for line in stamped.splitlines()]
    # The line number stands in both, so that neither reader has a byte more to skip for it than the other.
    other.write_bytes(b"".join(orjson.dumps({LINE: n, **flat(event)}) + b"\n" for n, event in enumerate(events)))
    return Lane(
        name=kind.name,
        says=kind.says,
        ours=ours,
        flat=other,
        events=len(events),
        ours_bytes=len(stamped),
        flat_bytes=other.stat().st_size,
        loops=kind.loops,
    )


def _records(paths: Iterable[Path]) -> Iterator[bytes]:
    for path in paths:
        yield from (part.lines for part in EventFile(path, source=path.name))


def _web(logs: Path, lab: Path) -> Iterator[bytes]:
    files = chain.from_iterable(sorted((logs / name).rglob("*")) for name in _WEB_LOGS)
    for path in (*files, lab / "cong-tt" / "nginx" / "access.log"):
        text = path.read_bytes() if path.is_file() else b""
        if text and detect_format(text[:_SAMPLE]) == "nginx_access":
            lines = LogParser("nginx_access", source=path.name, year=2026).parse(text).lines
            yield b"".join(line + b"\n" for line in lines.splitlines() if b'"dataset":"web.access"' in line)


def _network(captures: Path) -> Iterator[bytes]:
    for name in _CAPTURES:
        for path in sorted((captures / name).rglob("*.pcap*")):
            yield b"".join(line + b"\n" for line in _events(path) if _is_wanted(line))


def _events(path: Path) -> Iterator[bytes]:
    try:
        for batch in CaptureReader(str(path), PacketSettings()):
            yield from batch.lines.splitlines()
    except EngineError:
        # Some are no captures of ours to read (gzip, unknown links); the packet engine's own suites speak of them.
        return


def _is_wanted(line: bytes) -> bool:
    return b'"dataset":"network.flow"' in line or b'"dataset":"network.dns"' in line
