"""A real PostgreSQL from the installed binaries, on one loopback port, with its socket in the scratch folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.servers.process import (
    CannotStart,
    Running,
    as_user,
    exclusive,
    free_port,
    launch,
    load,
    save,
    scratch_folder,
    wait_until,
)

NAME = "postgresql"
START_SECONDS = 30.0
_USER = "postgres"


def start(*, owner: str = "") -> Running:
    """The server, started unless it runs; CannotStart with what is missing."""
    with exclusive(NAME):
        running = load(NAME)
        if running is None:
            running = _launch(find_binaries(), owner=owner)
            save(running)
        return running


def find_binaries() -> Path:
    """The folder of the newest `initdb` installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name.partition(".")[0]))
    found = [folder for folder in folders if (folder / "initdb").exists()]
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        message = "PostgreSQL is not installed: run tests/servers/install-packages.sh (Debian package postgresql)"
        raise CannotStart(message)
    return found[-1] if found else Path(str(on_path)).parent


def _launch(binaries: Path, *, owner: str) -> Running:
    scratch, port = scratch_folder(NAME, user=_USER), free_port()
    log = scratch / "console.log"
    data = scratch / "data"
    made = subprocess.run(
        [
            *as_user(_USER),
            str(binaries / "initdb"),
            "-A",
            "trust",
            "--no-sync",
            "-U",
            _USER,
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-D",
            str(data),
        ],
        cwd=scratch,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        message = f"`initdb` failed: {made.stderr[-500:]}"
        raise CannotStart(message)
    process = launch(
        [
            *as_user(_USER),
            str(binaries / "postgres"),
            "-D",
            str(data),
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-k",
            str(scratch),
            "-F",
        ],
        environment={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(scratch)},
        scratch=scratch,
        log=log,
    )
    ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    wait_until(lambda: subprocess.run(ready, check=False).returncode == 0, process=process, seconds=START_SECONDS, log=log)
    return Running(NAME, process.pid, f"postgresql://{_USER}@127.0.0.1:{port}/{_USER}", str(scratch), owner)
