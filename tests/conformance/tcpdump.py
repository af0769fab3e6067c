"""The suite without answers: every capture ends, soon, in bounded memory, without a panic, and its account adds up.

Each capture is read in a child process of its own, so that its memory can be limited and measured and its death survived.
"""

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
from khien_engine.packet import probe_capture

from tests.conformance.outcome import Check, Report
from tests.conformance.running import run_all

_SECONDS = 5.0
_RSS_BYTES = 512 << 20
#: Beyond this a child is not waited for; and no more address space than this (threads reserve more than they touch).
_PATIENCE = 30.0
_ADDRESS_SPACE = 4 << 30
_ANSWERS = frozenset({".out", ".test", ".yaml", ".yml", ".log", ".py", ".md", ".rules", ".txt", ".cut"})


@dataclass(frozen=True, slots=True)
class Ended:
    """How one child ended."""

    seconds: float = 0.0
    rss: int = 0
    problems: tuple[str, ...] = ()


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (int(_PATIENCE), int(_PATIENCE)))


def run_capture(path: Path) -> Ended:
    """Read one capture in a child."""
    try:
        child = subprocess.run(
            [sys.executable, "-m", "tests.conformance.tcpdump_child", str(path)],
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
            preexec_fn=_limit,
        )
    except subprocess.TimeoutExpired:
        return Ended(seconds=_PATIENCE, problems=("did not end",))
    if child.returncode != 0:
        last = child.stderr.decode(errors="replace").strip().splitlines()[-1:]
        return Ended(problems=(f"the child died: {child.returncode} {' '.join(last)}",))
    told = orjson.loads(child.stdout)
    problems: list[str] = told["problems"]
    if told["seconds"] > _SECONDS:
        problems.append(f"took {told['seconds']:.1f} s")
    if told["rss"] > _RSS_BYTES:
        problems.append(f"took {told['rss'] >> 20} MiB")
    return Ended(seconds=told["seconds"], rss=told["rss"], problems=tuple(problems))


def captures(root: Path, select: Callable[[str], bool]) -> Iterator[tuple[Path, bool]]:
    """All files that may be captures, and whether each is one."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix not in _ANSWERS and select(path.relative_to(root).as_posix()):
            yield path, probe_capture(str(path)) is not None


def run(root: Path, select: Callable[[str], bool]) -> Report:
    """Every capture below `root`."""
    report = Report(suite="tcpdump")
    found = list(captures(root, select))
    paths = [path for path, is_capture in found if is_capture]
    report.unsupported["no capture file"] = [str(path.relative_to(root)) for path, is_capture in found if not is_capture]
    ends = list(run_all(run_capture, paths, title=report.suite))
    for path, ended in zip(paths, ends, strict=True):
        passed = not ended.problems
        name = path.relative_to(root).as_posix()
        report.checks.append(Check(name=name, kind="capture", passed=passed, strict=passed))
        for problem in ended.problems:
            report.notes[f"{name}: {problem}"] = []
    if ends:
        report.notes[f"most memory {max(ended.rss for ended in ends) >> 20} MiB"] = []
        report.notes[f"longest {max(ended.seconds for ended in ends):.2f} s"] = []
    return report


def show(root: Path, name: str) -> Iterator[str]:
    """How one capture ended."""
    yield str(run_capture(root / name))
