"""Process 1 of a lab host: builds the host's own view of the files, says "ready", then reaps what dies.

Started by `lab.host` inside fresh mount, name and process namespaces. The host sees the machine's own Debian
through an overlay, so every program is the real packaged one, and every change lands in the scratch folder.
"""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
# Folders of a real service's state that must start empty: a lab must never see the machine's own mail or logs.
_EMPTY = ("tmp", "run", "home", "var/tmp", "var/mail", "var/spool/postfix", "var/lib/postfix", "var/lib/nsd")


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _mount_devices(device_folder: Path) -> None:
    _mount("-t", "tmpfs", "-o", "mode=755", "lab-dev", str(device_folder))
    for name in _DEVICES:
        status = Path("/dev", name).stat()
        os.mknod(device_folder / name, mode=status.st_mode, device=status.st_rdev)
        (device_folder / name).chmod(0o666)
    (device_folder / "pts").mkdir()
    _mount("-t", "devpts", "-o", "newinstance,ptmxmode=0666,mode=620,gid=5", "lab-pts", str(device_folder / "pts"))
    (device_folder / "ptmx").symlink_to("pts/ptmx")
    (device_folder / "fd").symlink_to("/proc/self/fd")
    (device_folder / "shm").mkdir(mode=0o1777)


def _bind_missing(root: Path, paths: list[str]) -> None:
    """Shows folders that live on another mount than `/` (a home folder with this work tree, for example)."""
    for path in dict.fromkeys(paths):
        seen = root / path.lstrip("/")
        if not seen.exists() or not any(seen.iterdir()):
            seen.mkdir(parents=True, exist_ok=True)
            _mount("--bind", "-o", "ro", path, str(seen))


def main(scratch: Path, name: str, first_process: int, needed: list[str]) -> None:
    """Never returns: the host lives as long as this process."""
    root = scratch / "root"
    overlay = f"lowerdir=/,upperdir={scratch / 'upper'},workdir={scratch / 'work'}"
    _mount("-t", "overlay", "-o", overlay, "lab-root", str(root))
    for folder in _EMPTY:
        (root / folder).mkdir(parents=True, exist_ok=True)
        mode = "1777" if folder.endswith("tmp") else "755"
        _mount("-t", "tmpfs", "-o", f"mode={mode}", "lab-empty", str(root / folder))
    _bind_missing(root, needed)
    _mount("--bind", str(scratch / "log"), str(root / "var/log"))
    (root / "proc").mkdir(exist_ok=True)
    _mount("-t", "proc", "proc", str(root / "proc"))
    _mount_devices(root / "dev")
    socket.sethostname(name)
    os.chroot(root)
    os.chdir("/")
    Path("/proc/sys/kernel/ns_last_pid").write_text(str(first_process), encoding="ascii")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    _reap_for_ever()


def _reap_for_ever() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            pass  # nobody left for now
        signal.sigtimedwait({signal.SIGCHLD}, 1.0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:])
