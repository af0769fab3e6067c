"""A running lab host: start it, run programs in it, read its logs, and be sure that all of it ends."""

import contextlib
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.command import LabError
from lab.network import inside
from lab.plan import DOMAIN, INTERNET, RESOLVER, TIME_ZONE, HostPlan

_SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_START_SECONDS = 20.0
_POLL_SECONDS = 0.05
# Debian's first account of a person (FIRST_UID of adduser).
_FIRST_PERSON = 1000
REPOSITORY = Path(__file__).resolve().parent.parent


def wait_until(is_true: Callable[[], bool], *, what: str, seconds: float = _START_SECONDS) -> None:
    """Waits for a condition, or raises LabError that names what never came."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            message = f"{what} was not ready after {seconds:.0f} s"
            raise LabError(message)
        time.sleep(_POLL_SECONDS)


@dataclass(frozen=True, slots=True)
class Host:
    """One host that is up. `scratch` holds its changed files; `first` is the process whose end ends the host."""

    plan: HostPlan
    scratch: Path
    first: "subprocess.Popen[bytes]"
    init_process: int

    @property
    def name(self) -> str:
        """Its name in the plan, in its own logs and of its namespace."""
        return self.plan.name

    @property
    def address(self) -> str:
        """Its first address, as text."""
        return str(self.plan.address)

    def run(
        self,
        *command: str,
        user: str | None = None,
        text: str | None = None,
        seconds: float = 60.0,
        check: bool = False,
    ) -> str:
        """Runs a program in the host and returns what it printed; a program that overstays is ended.

        An ordinary failure (a refused log-in, an HTTP 500) is part of the story, so `check` is off by default.
        """
        limit = ["timeout", "--kill-after=2", str(seconds)]
        done = subprocess.run(
            [*self._enter(user), *limit, *command],
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=seconds + 10,
        )
        if check and done.returncode != 0:
            words = (done.stderr or done.stdout).strip().splitlines()
            message = f"on {self.name}, `{' '.join(command)}` failed: {words[-1] if words else done.returncode}"
            raise LabError(message)
        return done.stdout + done.stderr

    def start_daemon(self, *command: str) -> None:
        """Starts a program that puts itself into the background and may keep its output open."""
        with (self.scratch / "log" / "lab-spawn.log").open("ab") as output:
            done = subprocess.run(
                [*self._enter(None), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                timeout=_START_SECONDS,
            )
        if done.returncode != 0:
            words = self.log_path("lab-spawn.log").read_text(errors="replace").strip().splitlines()
            message = f"on {self.name}, `{' '.join(command)}` did not start: {words[-1] if words else done.returncode}"
            raise LabError(message)

    def spawn(self, *command: str, user: str | None = None) -> "subprocess.Popen[bytes]":
        """Starts a program that goes on beside the story; its output goes to the host's `/var/log/lab-spawn.log`."""
        with (self.scratch / "log" / "lab-spawn.log").open("ab") as output:
            return subprocess.Popen([*self._enter(user), *command], stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def write(self, path: str, text: str, *, mode: int = 0o644, owner: str | None = None) -> None:
        """Puts a file into the host's own file system, folders included."""
        self.write_bytes(path, text.encode(), mode=mode, owner=owner)

    def write_bytes(self, path: str, content: bytes, *, mode: int = 0o644, owner: str | None = None) -> None:
        """The same for bytes."""
        # Through the host's own mounts, not through the overlay's upper folder: the kernel forbids changing that.
        place = Path(f"/proc/{self.init_process}/root", path.lstrip("/"))
        place.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            place.unlink()
        place.write_bytes(content)
        place.chmod(mode)
        if owner is not None:
            self.run("chown", owner, path, check=True)

    def log_path(self, name: str) -> Path:
        """Where one of its log files is seen from outside the host, while it is being written."""
        return self.scratch / "log" / name

    def wait_for_port(self, port: int, *, protocol: str = "tcp") -> None:
        """Waits until something in the host listens there."""
        flag = "-Hltn" if protocol == "tcp" else "-Hlun"
        wait_until(
            lambda: bool(self.run("ss", flag, f"sport = :{port}").strip()),
            what=f"port {port}/{protocol} on {self.name}",
        )

    def stop(self) -> None:
        """Ends every process of the host: its first process is the process namespace's own."""
        self.first.kill()
        self.first.wait(timeout=10)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            # --kill-child has already asked for this; by now the number is ours or nobody's.
            if _is_ours(self.init_process, self.scratch):
                os.kill(self.init_process, 9)
        wait_until(lambda: not _is_ours(self.init_process, self.scratch), what=f"the end of host {self.name}")

    def _enter(self, user: str | None) -> list[str]:
        namespaces = ["--mount", "--uts", "--net", "--pid", "--root"]
        who = [] if user is None else ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        environment = [
            "env",
            "-i",
            "--chdir=/",
            f"PATH={_SEARCH_PATH}",
            "LANG=C.UTF-8",
            "HOME=/tmp",
            f"PYTHONPATH={REPOSITORY}",
        ]
        return [
            "nsenter",
            f"--target={self.init_process}",
            *namespaces,
            *environment,
            "PYTHONDONTWRITEBYTECODE=1",
            *who,
        ]


def _is_ours(process: int, scratch: Path) -> bool:
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(scratch) in words


def start(plan: HostPlan, scratch: Path) -> Host:
    """Starts a host with its files, its name, its resolver and its clock's zone; no service yet."""
    for folder in ("upper", "work", "root", "log"):
        (scratch / folder).mkdir(parents=True, exist_ok=True)
    needed = [str(REPOSITORY), sys.prefix, sys.base_prefix]
    # The host dies with the recorder, whatever ends it: setpriv ties this process, --kill-child the next.
    first = subprocess.Popen(
        [
            *inside(plan.name, "setpriv", "--pdeathsig", "KILL"),
            *("unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--propagation", "private"),
            *(sys.executable, str(Path(__file__).with_name("host_init.py"))),
            *(str(scratch), plan.name, str(plan.first_process), *needed),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        host = Host(plan, scratch, first, _wait_ready(plan, first))
    except BaseException:
        first.kill()
        raise
    _settle(host)
    return host


def _wait_ready(plan: HostPlan, first: "subprocess.Popen[bytes]") -> int:
    output = first.stdout
    if output is None or first.stderr is None:
        message = f"host {plan.name} has no output"
        raise LabError(message)
    readable, _, _ = select.select([output], [], [], _START_SECONDS)
    if not readable or output.readline() != b"ready\n":
        first.kill()
        words = first.stderr.read().decode(errors="replace").strip().splitlines()
        message = f"host {plan.name} did not start: {words[-1] if words else 'no answer'}"
        raise LabError(message)
    children = Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text(encoding="ascii").split()
    return int(children[0])


def _settle(host: Host) -> None:
    host.write("/etc/hosts", f"127.0.0.1 localhost\n{host.address} {host.name}\n")
    # Outside hosts ask the stand-in root directly; the city's resolver serves the city alone.
    server = INTERNET.address if host.plan.network == INTERNET.network else RESOLVER.address
    host.write("/etc/resolv.conf", f"search {DOMAIN}\nnameserver {server}\n")
    host.write("/etc/hostname", f"{host.name}\n")
    host.write_bytes("/etc/localtime", Path("/usr/share/zoneinfo", TIME_ZONE).read_bytes())
    host.write("/etc/timezone", f"{TIME_ZONE}\n")
    # The interpreter may live under a folder that only root enters (here: in the host's own view alone).
    parents = {str(folder) for program in (sys.executable, sys.base_prefix) for folder in Path(program).parents}
    host.run("chmod", "o+x", *sorted(parents | {sys.base_prefix}))
    _forget_accounts(host)


def _forget_accounts(host: Host) -> None:
    """Only Debian's own accounts stay, without passwords: the machine's people do not exist in the lab."""
    kept = []
    for line in Path("/etc/passwd").read_text(encoding="utf-8").splitlines():
        name, _, number = line.split(":")[:3]
        if int(number) < _FIRST_PERSON or name == "nobody":
            kept.append(line)
    host.write("/etc/passwd", "".join(f"{line}\n" for line in kept))
    shadow = "".join(f"{line.split(':')[0]}:*:20000:0:99999:7:::\n" for line in kept)
    host.write("/etc/shadow", shadow, mode=0o640, owner="root:shadow")


def remove_scratch(scratch: Path) -> None:
    """Removes what the hosts wrote, after they ended."""
    shutil.rmtree(scratch, ignore_errors=True)
