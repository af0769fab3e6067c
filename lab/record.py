"""Records the lab day: `python -m lab.record`, as root. See lab/README.md.

Exit status: 0 recorded, 1 something failed, 2 wrong usage, 69 a program is missing, 77 not root, 130 interrupted.
"""

import argparse
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from lab import capture, live, network, recording, world
from lab.command import LabError
from lab.day import ACT_NAMES, FULL, SHORT, Pace, live_through
from lab.key import CAPTURE

PROGRAMS = (
    *("ip", "tc", "ethtool", "tcpdump", "nsenter", "unshare", "setpriv", "nginx", "openssl", "sshd", "ssh", "sshpass"),
    *("postfix", "dovecot", "rsyslogd", "unbound", "nsd", "dig", "curl", "nmap", "hydra"),
)
_LOCK = Path("/run/khien-lab.lock")
_HERE = Path(__file__).resolve().parent
# A sensor that does not use `{ready}` gets this long to open its socket: a guess, hence `{ready}`.
_UNANNOUNCED_START_SECONDS = 5.0
_LAST_LOOK_SECONDS = 2.0
_COMMENT = "Khien lab day: fictional city Ben Sen, recorded from real software in network namespaces"


class RefusedError(Exception):
    """The lab cannot start here; carries the exit status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def check_machine() -> None:
    """Refuses, in one sentence, a machine on which the lab cannot run."""
    if os.geteuid() != 0:
        message = "recording the lab day needs root, for network namespaces; run: sudo make lab"
        raise RefusedError(message, 77)
    search = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [program for program in PROGRAMS if shutil.which(program, path=search) is None]
    if missing:
        message = f"not installed: {', '.join(missing)}; run: lab/install-packages.sh"
        raise RefusedError(message, 69)
    os.environ["PATH"] = search


def take_lock() -> int:
    """Holds the machine's one lab; the kernel lets go of it with this process, however it ends."""
    handle = os.open(_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        message = f"another lab is running on this machine (it holds {_LOCK})"
        raise RefusedError(message, 1) from None
    return handle


def say(text: str) -> None:
    """One line of progress, with the machine's time."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


@dataclass(frozen=True, slots=True)
class Order:
    """What to record: where it goes, how fast, which acts, and the sensor command of live mode, if any."""

    output: Path
    key: Path
    pace: Pace = FULL
    acts: frozenset[str] = ACT_NAMES
    live: tuple[str, ...] = ()


def record(order: Order) -> None:
    """Builds the lab, lives through the day, and writes the recording only when all of it went well."""
    world.clear_leftovers()
    say("building the lab: 10 hosts, one gateway")
    with world.build() as running:
        # On the lab's own tmpfs, so that nothing stays behind even if this process is killed.
        scratch = world.SCRATCH / "recorder"
        folder = scratch / "recording"
        folder.mkdir(parents=True)
        recording.empty_logs(running)
        tap = capture.start(scratch)
        try:
            with _sensor(order.live, running, scratch) as step:
                diary = live_through(running, pace=order.pace, say=step, chosen=order.acts)
        finally:
            dropped = tap.stop()
        summary = capture.write_pcapng(tap.path, folder / CAPTURE, dropped=dropped, comment=_COMMENT)
        recording.collect(running, folder)
        recording.write_manifest(running, folder, capture=summary, diary=diary)
        recording.replace(folder, order.output)
        recording.write_key(order.key, diary)
        say(f"recorded {summary.packets} packets, {summary.dropped} dropped, into {order.output}")


@contextlib.contextmanager
def _sensor(command: tuple[str, ...], running: world.World, scratch: Path) -> Iterator[Callable[[str], None]]:
    """Runs the sensor command around the day; gives what to call at each step of it."""
    if not command:
        yield say
        return
    network.open_sensor_link()
    ready = scratch / "ready"
    known = live.values(recording.logs(running), ready=ready)
    sensor = live.start(command, known, ready=ready)

    def step(text: str) -> None:
        sensor.check()
        say(text)

    try:
        if any("{ready}" in word for word in command):
            sensor.wait_ready()
        else:
            time.sleep(_UNANNOUNCED_START_SECONDS)
        yield step
        # The last frames and lines of the day are read before the command is asked to end.
        time.sleep(_LAST_LOOK_SECONDS)
        say("the day is over: asking the sensor command to end")
        sensor.stop()
    finally:
        sensor.kill()


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.record", description="Records the lab day.")
    parser.add_argument(
        "--output", type=Path, help="folder of the recording (default: lab/recording; live: build/lab-live/recording)"
    )
    parser.add_argument("--key", type=Path, help="where the answer key goes (default: expected.yaml beside that folder)")
    parser.add_argument("--short", action="store_true", help="shorter ordinary parts, for tests of the lab itself")
    parser.add_argument("--only", action="append", choices=sorted(ACT_NAMES), help="perform only this act (may be repeated)")
    parser.add_argument("--live", action="store_true", help="run COMMAND in the gateway's namespace meanwhile")
    parser.add_argument("command", nargs="*", metavar="COMMAND", help="after `--`: the sensor command of live mode")
    chosen = parser.parse_args(words)
    if chosen.live != bool(chosen.command):
        parser.error("--live and `-- COMMAND…` go together")
    return chosen


def _order(words: list[str]) -> Order:
    chosen = _arguments(words)
    here = _HERE.parent / "build" / "lab-live" if chosen.live else _HERE
    output: Path = chosen.output or here / "recording"
    return Order(
        output=output,
        key=chosen.key or output.parent / "expected.yaml",
        pace=SHORT if chosen.short else FULL,
        acts=frozenset(chosen.only) if chosen.only else ACT_NAMES,
        live=tuple(chosen.command),
    )


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(words: list[str]) -> int:
    """Runs the command; returns its exit status."""
    order = _order(words)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        check_machine()
        lock = take_lock()
        try:
            record(order)
        finally:
            os.close(lock)
    except RefusedError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.status
    except (LabError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: the lab was taken down, nothing was recorded\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
