"""A server process of ours: its state file, its scratch folder, its user, its end."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

SERVERS = Path(__file__).resolve().parents[2] / "build" / "servers"


#: Servers that this process started, by process id; they outlive the function that started them on purpose.
_OURS: dict[int, subprocess.Popen[bytes]] = {}


class CannotStart(Exception):  # noqa: N818 - read as a sentence: the server cannot start, because …
    """Why a server cannot be had here, and how to get it; printed as the reason of a skip."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answered. `owner` is the test run that must stop it, empty when a person started it."""

    name: str
    pid: int
    url: str
    scratch: str
    owner: str = ""

    def is_alive(self) -> bool:
        """Whether this very process still runs (a reused process id has another command line)."""
        try:
            command = Path(f"/proc/{self.pid}/cmdline").read_bytes()
        except OSError:
            return False
        return self.scratch.encode() in command


def load(name: str) -> Running | None:
    """The server of this name, if it runs."""
    try:
        running = Running(**json.loads((SERVERS / f"{name}.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return running if running.is_alive() else None


def save(running: Running) -> None:
    """Remember a server for whoever asks next."""
    (SERVERS / f"{running.name}.json").write_text(json.dumps(asdict(running)), encoding="utf-8")


def stop(name: str, *, owner: str | None = None) -> bool:
    """Stop a server by its process id and remove its data; with `owner`, only one that this test run started."""
    running = load(name)
    if running is None or (owner is not None and running.owner != owner):
        return False
    end(running.pid)
    shutil.rmtree(running.scratch, ignore_errors=True)
    (SERVERS / f"{name}.json").unlink(missing_ok=True)
    return True


def launch(command: list[str], *, environment: dict[str, str], scratch: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, with its output in the log."""
    with log.open("wb") as console:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            start_new_session=True,
        )
    _OURS[process.pid] = process
    return process


def end(pid: int) -> None:
    """Terminate a process group that we made, then insist."""
    ours = _OURS.pop(pid, None)
    for number, seconds in ((signal.SIGTERM, 20.0), (signal.SIGKILL, 10.0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if ours is not None:
                ours.poll()
            if not Path(f"/proc/{pid}").exists():
                return
            time.sleep(0.1)


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """One start at a time, over all test workers."""
    SERVERS.mkdir(parents=True, exist_ok=True)
    with (SERVERS / f"{name}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def scratch_folder(name: str, *, user: str) -> Path:
    """An empty folder that the server's user may write: under build/, or in the system's folder where build/ is out of reach."""
    base = SERVERS / "scratch"
    base.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0 and not reaches(base, user=user):
        base = Path(tempfile.gettempdir())
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=base))
    folder.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(folder, user=user)
    return folder


def reaches(path: Path, *, user: str) -> bool:
    """Whether the user may look into the folder (a clone below a private home is closed to others)."""
    return subprocess.run([*as_user(user), "test", "-x", str(path)], check=False).returncode == 0


def as_user(user: str) -> list[str]:
    """The words before a command that drop root's rights; none where we are not root."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        message = "`setpriv` (Debian package util-linux) is missing, and this server must not run as root"
        raise CannotStart(message)
    return [setpriv, f"--reuid={user}", f"--regid={_group(user)}", "--clear-groups", "--"]


def _group(user: str) -> str:
    return subprocess.run(["id", "-g", user], capture_output=True, text=True, check=True).stdout.strip()


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(answers: Callable[[], bool], *, process: subprocess.Popen[bytes], seconds: float, log: Path) -> None:
    """Wait until the server answered; CannotStart with the end of its log when it died or stayed silent."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        if answers():
            return
        time.sleep(0.2)
    end(process.pid)
    tail = log.read_text(encoding="utf-8", errors="replace")[-1500:] if log.exists() else "no log"
    message = f"the server did not answer within {seconds:.0f} s; the end of its log: {tail}"
    raise CannotStart(message)
