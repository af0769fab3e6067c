"""`python -m tests.second_opinion DIR`: Khiên beside tshark over captures of the test data; an unexplained difference fails."""

# ruff: noqa: T201 - a command line prints
import argparse
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from khien_engine.packet import PacketSettings

from khien.errors import KhienError
from khien.second_opinion import Comparison, Example, compare
from tests.second_opinion.choice import choose
from tests.second_opinion.explanation import Explanation, Kind, Side, first, load_explanations

_AT_ONCE = 2
_NICE = 10


@dataclass(slots=True)
class Found:
    """One kind of difference over all captures."""

    values: int = 0
    captures: list[str] = field(default_factory=list)
    example: Example | None = None


@dataclass(slots=True)
class Result:
    """What the whole run found."""

    captures: int = 0
    packets: int = 0
    refused: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    stopped: dict[str, str] = field(default_factory=dict)
    not_contained: Counter[str] = field(default_factory=Counter)
    counts: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    explained: dict[tuple[Kind, str], Found] = field(default_factory=lambda: defaultdict(Found))
    unexplained: dict[Kind, Found] = field(default_factory=lambda: defaultdict(Found))

    def add(self, capture: str, compared: Comparison, explanations: Iterable[Explanation]) -> None:
        """Count one capture."""
        self.captures += 1
        self.packets += compared.packets
        self.not_contained.update(name for name, is_held in compared.held.items() if not is_held)
        if compared.stopped is not None:
            self.stopped[capture] = compared.stopped
        for row in compared.differences:
            counts = self.counts[row.protocol, row.field]
            for place, count in enumerate((row.same, row.only_ours, row.only_theirs)):
                counts[place] += count
            sides: tuple[tuple[Side, int, tuple[Example, ...]], ...] = (
                ("khien", row.only_ours, row.ours),
                ("tshark", row.only_theirs, row.theirs),
            )
            for side, count, examples in sides:
                if count:
                    self._differ(Kind(row.protocol, row.field, side), capture, count, examples[0], explanations)

    def _differ(self, kind: Kind, capture: str, count: int, example: Example, explanations: Iterable[Explanation]) -> None:
        entry = first(explanations, kind, capture)
        found = self.unexplained[kind] if entry is None else self.explained[kind, entry.why]
        found.values += count
        found.captures.append(capture)
        found.example = found.example or example

    def as_json(self) -> dict[str, Any]:
        """For the closing note and for machines."""
        return {
            "captures": self.captures,
            "packets": self.packets,
            "refused": dict(self.refused),
            "stopped": self.stopped,
            "not_contained": dict(self.not_contained),
            "fields": [
                {"protocol": protocol, "field": name, "same": same, "only_khien": ours, "only_tshark": theirs}
                for (protocol, name), (same, ours, theirs) in sorted(self.counts.items())
            ],
            "explained": [{**_as_json(kind, found), "why": why} for (kind, why), found in _sorted(self.explained)],
            "unexplained": [_as_json(kind, found) for kind, found in _sorted(self.unexplained)],
        }


def _sorted(found: dict[Any, Found]) -> list[tuple[Any, Found]]:
    return sorted(found.items(), key=lambda item: str(item[0]))


def _as_json(kind: Kind, found: Found) -> dict[str, Any]:
    return {
        "protocol": kind.protocol,
        "field": kind.field,
        "only": kind.side,
        "values": found.values,
        "captures": found.captures,
        "example": found.example,
    }


def run(root: Path, captures: Iterable[Path], explanations: Iterable[Explanation]) -> Result:
    """Compare captures, two at a time. Checksums are off: tshark believes every packet, and so the dissection is compared."""
    result, entries = Result(), tuple(explanations)

    def one(path: Path) -> Comparison | KhienError:
        try:
            return compare(path, settings=PacketSettings(checksums="off", capture_secrets=True))
        except KhienError as error:
            return error

    paths = list(captures)
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for path, compared in zip(paths, threads.map(one, paths), strict=True):
            name = path.relative_to(root).as_posix()
            if isinstance(compared, KhienError):
                result.refused[compared.code].append(name)
            else:
                result.add(name, compared, entries)
    return result


def print_result(result: Result) -> None:
    """One table; then what is not explained."""
    print(f"{result.captures} captures, {result.packets} packets; refused {dict(result.refused)}; stopped {result.stopped}")
    print(f"containment that did not hold, by captures: {dict(result.not_contained) or 'none'}")
    print(f"{'protocol':10} {'field':16} {'same':>8} {'only Khiên':>11} {'only tshark':>12}")
    for (protocol, name), (same, ours, theirs) in sorted(result.counts.items()):
        print(f"{protocol:10} {name:16} {same:8} {ours:11} {theirs:12}")
    for kind, found in _sorted(result.unexplained):
        print(f"UNEXPLAINED {kind.protocol} · {kind.field} · only {kind.side}: {found.values} values, {found.example}")
        print("   ", ", ".join(found.captures))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.second_opinion", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--captures", type=int, default=300)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    os.nice(_NICE)
    result = run(given.folder, choose(given.folder, given.captures), load_explanations())
    print_result(result)
    if given.json:
        given.json.write_bytes(orjson.dumps(result.as_json(), option=orjson.OPT_INDENT_2))
    return 1 if result.unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
