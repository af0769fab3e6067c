"""What must not depend on circumstances: the cache, the years of the input, how often it is imported."""

from __future__ import annotations

import datetime as dt
import re
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from correlator.compiler.ruleset import RuleSet, compile_folders
from khien.alert import Alert
from khien.app.replay import Replay, ReplayOptions, replaying
from khien.app.resources import folder
from khien.home import Home
from tests.gates.corpus import Corpus
from tests.gates.gate import Gate
from tests.gates.scenarios import unpacked

#: Five years and a day: whole weeks, so that rules on hours and days of the week see the same.
SHIFT = dt.timedelta(weeks=261)
_ISO = re.compile(rb'("[A-Za-z@_]*[Tt]ime[A-Za-z]*":\s*")(\d{4}-\d\d-\d\d)(?=[T ])|("@timestamp":\s*")(\d{4}-\d\d-\d\d)(?=[T ])')
#: libpcap's file header: the magic tells byte order and the unit of the fraction; seconds are the same in both.
_CLASSIC = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\x3c\x4d": ">"}
_FILE_HEADER, _RECORD_HEADER = 24, 16


def gate_cache(corpus: Corpus) -> Gate:
    """Compiled anew, compiled into a cache, and taken out of it: the same program, byte by byte."""
    folders = [*corpus.sigma, folder("rules")]
    with TemporaryDirectory(prefix="khien-gate-") as scratch:
        cache = Path(scratch) / "rules.cache"
        programs = [bytes(corpus.with_ours.ir)]
        programs.extend(bytes(compile_folders(folders, cache=cache).ir) for _ in range(2))
    differing = sum(program != programs[0] for program in programs)
    return Gate(
        name="compile: cold and cached",
        says=f"of three compilations of {corpus.with_ours.compiled} rules, those whose bytes differ ({len(programs[0])} bytes)",
        figure=differing,
        total=len(programs),
        bound=0,
        better="fewer",
    )


def gates_imports(corpus: Corpus, data: Path) -> Iterator[Gate]:
    """Scenarios as they are, imported a second time, and shifted by five years."""
    places = [place for place in sorted((data / "scenarios").iterdir()) if (place / "metadata.yaml").is_file()]
    again: list[str] = []
    shifted: list[str] = []
    alerts = 0
    for place in places:
        first, repeated, moved = _imports(place, corpus.with_ours)
        alerts += len(first.alerts)
        again.extend(f"{place.name}: {why}" for why in _news(first, repeated))
        shifted.extend(f"{place.name}: {why}" for why in _differences(first.alerts, moved.alerts))
    yield Gate(
        name="a second import",
        says=f"alerts or events that the same files bring again, in {len(places)} scenarios with {alerts} alerts",
        figure=len(again),
        total=alerts,
        bound=0,
        better="fewer",
        misses=tuple(again),
    )
    yield Gate(
        name="an input of five years before",
        says=f"alerts that are there only before or only after shifting {len(places)} scenarios by {SHIFT.days} days",
        figure=len(shifted),
        total=alerts,
        bound=0,
        better="fewer",
        misses=tuple(shifted),
    )


def _imports(place: Path, rules: RuleSet) -> tuple[Replay, Replay, Replay]:
    with TemporaryDirectory(prefix="khien-gate-") as scratch:
        root = Path(scratch)
        (root / "as-is").mkdir()
        (root / "moved").mkdir()
        files = [path for path in sorted(unpacked(place, root / "as-is")) if is_movable(path)]
        moved = [move(path, root / "moved" / path.name) for path in files]
        home = Home(root / "home")
        options = ReplayOptions(rules=rules, home=home)
        with replaying(files, options=options) as (first, _):
            pass
        with replaying(files, options=options) as (second, _):
            pass
        with replaying(moved, options=ReplayOptions(rules=rules)) as (third, _):
            pass
        return first, second, third


def _news(first: Replay, second: Replay) -> Iterator[str]:
    if not second.is_known:
        yield "the import is not known again"
    if second.event_count != first.event_count:
        yield f"{second.event_count} events instead of {first.event_count}"
    before = {(alert.id, alert.hits) for alert in first.alerts}
    yield from (f"{alert.rule.name} with {alert.hits} hits" for alert in second.alerts if (alert.id, alert.hits) not in before)


def _differences(first: Iterable[Alert], moved: Iterable[Alert]) -> Iterator[str]:
    one, other = Counter(map(_shape, first)), Counter(map(_shape, moved))
    yield from (f"only as it is: {shape}" for shape in (one - other).elements())
    yield from (f"only shifted: {shape}" for shape in (other - one).elements())


def _shape(alert: Alert) -> tuple[object, ...]:
    """The alert without its moments: rule, group, how much, about whom."""
    named = tuple(sorted((entity.kind.value, entity.value) for entity in alert.entities))
    return alert.rule.name, alert.group.values, alert.hits, alert.event_count, alert.last_us - alert.first_us, named


def is_movable(path: Path) -> bool:
    """Exports of Windows and classic captures; a pcapng states its times in blocks of many kinds and stays out."""
    return path.suffix == ".json" or path.read_bytes()[:4] in _CLASSIC


def move(path: Path, target: Path) -> Path:
    """A copy of the file in which everything happened that much earlier."""
    content = path.read_bytes()
    target.write_bytes(_moved_capture(content) if content[:4] in _CLASSIC else _ISO.sub(_moved_date, content))
    return target


def _moved_date(found: re.Match[bytes]) -> bytes:
    name, date = (found[1], found[2]) if found[1] is not None else (found[3], found[4])
    return name + str(dt.date.fromisoformat(date.decode()) - SHIFT).encode()


def _moved_capture(content: bytes) -> bytes:
    order = _CLASSIC[content[:4]]
    out = bytearray(content)
    at = _FILE_HEADER
    while at + _RECORD_HEADER <= len(out):
        seconds, _, length, _ = struct.unpack_from(f"{order}IIII", out, at)
        struct.pack_into(f"{order}I", out, at, seconds - int(SHIFT.total_seconds()))
        at += _RECORD_HEADER + length
    return bytes(out)
