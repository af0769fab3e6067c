"""Asking tshark in a contained child: who may do what, how long, how much; and what came back, disbelieved.

The child gets an empty environment, a session, a network and process namespace where the system allows them, no privileges,
limits on memory, time, files, and a folder with nothing but a copy of the capture. It is killed with all its children when
it is late or says too much. What it prints is checked as input from outside.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import orjson

from khien.clock import SystemClock
from khien.errors import KhienError
from khien.second_opinion.job import Job
from khien.second_opinion.scratch import scratch

_MIB = 1 << 20
#: Of the unpacked copy.
MOST_CAPTURE_BYTES = 256 * _MIB
_MOST_OUTPUT_BYTES = 256 * _MIB
_LONGEST_LINE = 16 * _MIB
WALL_SECONDS = 300.0
_CPU_SECONDS = 300
#: tshark's tables alone map some 300 MiB.
_ADDRESS_SPACE = 2_048 * _MIB
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_READ_BYTES = 1 << 16
#: From the strongest to the weakest; none is the last.
_NAMESPACES = (
    ("--net", "--ipc", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"),
    ("--net", "--ipc", "--pid", "--fork", "--kill-child=KILL"),
    ("--net",),
)
_FIRST_LAYERS = ("frame", "ip", "ipv6", "tcp", "udp", "sctp", "icmp", "icmpv6", "arp")
Key = tuple[str, str, int, str, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """One packet as tshark sees it: the addresses of its layers, outermost first, and (layer, field, value)."""

    number: int
    keys: tuple[Key, ...]
    values: tuple[tuple[str, str, str], ...]


@dataclass(slots=True)
class Hearing:
    """How the child did. Complete once its packets were iterated over."""

    held: dict[str, bool] = field(default_factory=dict)
    packets: int = 0
    last_packet: int = 0
    #: Why tshark did not read to the end: `late`, `too_much`, `died` or what it said itself.
    stopped: str | None = None


def ask(
    path: Path, *, fields: frozenset[str], layers: frozenset[str], hearing: Hearing, wall_seconds: float = WALL_SECONDS
) -> Iterator[Seen]:
    """What tshark reads in a capture. Raises `KhienError` when it cannot be asked at all."""
    tshark = _installed()
    with scratch(path, most=MOST_CAPTURE_BYTES) as copy:
        job = Job(
            capture=str(copy.file),
            tshark=tshark,
            fields=tuple(sorted(fields)),
            layers=(*_FIRST_LAYERS, *sorted(layers - set(_FIRST_LAYERS))),
            user=copy.user,
            address_space=_ADDRESS_SPACE,
            cpu_seconds=_CPU_SECONDS,
            file_size=_MIB,
            open_files=64,
        )
        child = _start(job, home=copy.folder)
        try:
            for document in _documents(child, hearing, SystemClock().monotonic() + wall_seconds):
                seen = _heard(document, hearing)
                if seen is not None:
                    yield seen
        finally:
            _end(child)
        if hearing.stopped is None:
            hearing.stopped = "died"
        elif hearing.stopped == "whole":
            hearing.stopped = None


def _installed() -> str:
    if find_spec("pyshark") is None:
        raise KhienError("package.missing", package="pyshark", extra="khien[analysis]")
    tshark = shutil.which("tshark", path=_PATH)
    if tshark is None:
        raise KhienError("opinion.no_tshark")
    return tshark


@cache
def namespaces() -> tuple[str, ...]:
    """The command that takes network and processes away, as far as this system allows; empty when it does not."""
    unshare = shutil.which("unshare", path=_PATH)
    if unshare is None:
        return ()
    user = () if os.geteuid() == 0 else ("--user", "--map-current-user")
    for choice in _NAMESPACES:
        command = (unshare, *user, *choice)
        tried = subprocess.run([*command, "true"], capture_output=True, check=False, env={"PATH": _PATH})
        if tried.returncode == 0:
            return command
    return ()


def _start(job: Job, *, home: Path) -> subprocess.Popen[bytes]:
    environment = {"PATH": _PATH, "HOME": str(home)}
    if "PYTHONPATH" in os.environ:
        # The same code as ours; the child forgets the way to it before tshark starts.
        environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
    child = subprocess.Popen(
        [*namespaces(), sys.executable, "-P", "-B", "-W", "ignore", "-m", "khien.second_opinion.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd="/",
        start_new_session=True,
        close_fds=True,
    )
    assert child.stdin is not None
    try:
        child.stdin.write(orjson.dumps(asdict(job)) + b"\n")
        child.stdin.close()
    except BrokenPipeError:
        # It died already; its empty output says so.
        pass
    return child


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and everything below it, also what left its session; its namespace dies with its first process."""
    doomed = _descendants(child.pid)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    for process in doomed:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _descendants(root: int) -> list[int]:
    """Every process below `root`, as far as /proc tells."""
    found: list[int] = []
    waiting = [root]
    while waiting:
        process = waiting.pop()
        try:
            listed = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
        except OSError:
            continue
        children = [int(number) for number in listed.split()]
        found += children
        waiting += children
    return found


def _documents(child: subprocess.Popen[bytes], hearing: Hearing, until: float) -> Iterator[dict[str, Any]]:
    """Lines of JSON objects, until the end, the hour, or the bound."""
    assert child.stdout is not None
    waiting = bytearray()
    for piece in _pieces(child.stdout, hearing, until):
        waiting += piece
        *lines, rest = waiting.split(b"\n")
        waiting = rest
        if len(waiting) > _LONGEST_LINE:
            hearing.stopped = "too_much"
            return
        for line in lines:
            try:
                document = orjson.loads(bytes(line))
            except orjson.JSONDecodeError:
                document = None
            if not isinstance(document, dict):
                hearing.stopped = "nonsense"
                return
            yield document


def _pieces(pipe: IO[bytes], hearing: Hearing, until: float) -> Iterator[bytes]:
    heard = 0
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            left = until - SystemClock().monotonic()
            if left <= 0 or not selector.select(left):
                hearing.stopped = "late"
                return
            piece = os.read(pipe.fileno(), _READ_BYTES)
            heard += len(piece)
            if heard > _MOST_OUTPUT_BYTES:
                hearing.stopped = "too_much"
                return
            if not piece:
                return
            yield piece


def _heard(document: dict[str, Any], hearing: Hearing) -> Seen | None:
    """A packet; the first and the last line are for the hearing."""
    if not hearing.held and isinstance(document.get("held"), dict):
        hearing.held = {str(name): value is True for name, value in document["held"].items()}
        return None
    if "end" in document:
        if hearing.stopped is None:
            hearing.stopped = "whole" if document["end"] == "whole" else str(document.get("reason", "stopped"))[:200]
        return None
    try:
        seen = Seen(
            number=int(document["packet"]),
            keys=tuple(_key(key) for key in document["keys"]),
            values=tuple((str(layer), str(name), str(value)) for layer, name, value in document["values"]),
        )
    except (KeyError, TypeError, ValueError):
        hearing.stopped = "nonsense"
        return None
    hearing.packets += 1
    hearing.last_packet = seen.number
    return seen


def _key(given: Any) -> Key:
    transport, source, source_port, destination, destination_port = given
    return str(transport), str(source), int(source_port), str(destination), int(destination_port)
