"""Who is measured: our engine as the correlator calls it, and rsigma; each a process of its own on one core."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import orjson

from correlator.compiler.ruleset import RuleSet
from tests.bench.detect.lanes import LINE, Lane

#: (number of the line, id of the rule) → how often; more than once is a defect of its own.
Matches = Counter[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run took: CPU seconds of all its threads, peak memory in MiB."""

    cpu: float
    memory: float


class Side(Protocol):
    """One engine with the whole corpus."""

    name: str

    def input(self, lane: Lane) -> Path:
        """The lane's file in this engine's form."""

    def command(self, events: Path) -> Sequence[str]:
        """Reads all events of a file, writes its matches as JSON lines."""

    def matches(self, lane: Lane) -> Matches:
        """What it finds in the lane, once over."""


class Ours:
    """The compiled set is kept in a file, as the correlator keeps it: compiling is measured elsewhere."""

    name = "khien"

    def __init__(self, rules: RuleSet, folder: Path) -> None:
        self._rules = folder / "rules.pickle"
        self._rules.write_bytes(pickle.dumps((rules.ir, [_head(rules, number) for number in range(len(rules.plan.detections))])))

    def input(self, lane: Lane) -> Path:
        return lane.ours

    def command(self, events: Path) -> Sequence[str]:
        return (sys.executable, "-m", "tests.bench.detect.scan", str(self._rules), str(events))

    def matches(self, lane: Lane) -> Matches:
        # The stamp numbers the lines of a lane from 1: `bench-1-17` is line 16.
        found = (orjson.loads(line) for line in _output(self.command(lane.ours)))
        return Counter((int(match["event"].rpartition("-")[2]) - 1, match["rule_id"]) for match in found)


class Rsigma:
    """rsigma as its own documentation runs it over a file, with the logsource fields that the flat events carry."""

    name = "rsigma"

    def __init__(self, program: Path, rules: Path) -> None:
        self._program, self._rules = program, rules

    def version(self) -> str:
        """As it says itself; what it was built with follows on other lines."""
        return subprocess.run([self._program, "--version"], check=True, capture_output=True, text=True).stdout.splitlines()[0]

    def input(self, lane: Lane) -> Path:
        return lane.flat

    def command(self, events: Path) -> Sequence[str]:
        options = ("--logsource-routing", "--quiet", "--output-format", "ndjson")
        return (str(self._program), "engine", "eval", "-r", str(self._rules), *options, "-e", f"@{events}")

    def matches(self, lane: Lane) -> Matches:
        # Only here it repeats the event, which names its line.
        found = (orjson.loads(line) for line in _output((*self.command(lane.flat), "--include-event")))
        return Counter((match["event"][LINE], match["rule_id"]) for match in found)


def run(command: Sequence[str], *, core: int) -> Spent:
    """One run on one core, its output thrown away. Raises `subprocess.CalledProcessError` when it fails."""
    with Path(os.devnull).open("wb") as nowhere:
        process = subprocess.Popen(("taskset", "--cpu-list", str(core), *command), stdout=nowhere, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Spent(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1_024)


def _output(command: Sequence[str]) -> Iterator[bytes]:
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    yield from done.stdout.splitlines()


def _head(rules: RuleSet, number: int) -> bytes:
    rule = rules.plan.detections[number].rule
    head = {"rule_title": rule.title["en"], "rule_id": rule.id, "level": rule.level.value, "tags": rule.tags}
    return orjson.dumps(head)[:-1] + b',"event":"'
