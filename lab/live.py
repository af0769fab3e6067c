"""Live mode: a sensor command runs in the gateway's namespace while the day happens. Contract in lab/README.md."""

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.command import LabError
from lab.host import wait_until
from lab.network import MIRROR_OUT, inside
from lab.plan import GATEWAY, SENSOR_GATEWAY, SENSOR_ROOT, TIME_ZONE
from lab.recording import RecordedLog

_WORD = re.compile(r"\{([a-z:-]+)\}")
_READY_SECONDS = 60.0
_DRAIN_SECONDS = 60.0


def values(logs: Sequence[RecordedLog], *, ready: Path) -> dict[str, str]:
    """What the words in braces stand for."""
    return {
        "interface": MIRROR_OUT,
        "correlator": str(SENSOR_ROOT),
        "address": str(SENSOR_GATEWAY),
        "time-zone": TIME_ZONE,
        "ready": str(ready),
        **{f"log:{log.name}": str(log.path) for log in logs},
    }


def expand(command: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """The command with its words in braces replaced; raises LabError that names one that nobody knows."""

    def replace(found: re.Match[str]) -> str:
        if found[1] not in known:
            message = f"`{{{found[1]}}}` stands for nothing; known are {', '.join(sorted(known))}"
            raise LabError(message)
        return known[found[1]]

    return [_WORD.sub(replace, word) for word in command]


def environment(known: Mapping[str, str]) -> dict[str, str]:
    """The same values for a command that rather reads its environment: `KHIEN_LAB_LOG_PORTAL_ACCESS` and so on."""
    names = {name: "KHIEN_LAB_" + re.sub(r"[^A-Z]", "_", name.upper()) for name in known}
    return {names[name]: value for name, value in known.items()}


@dataclass(frozen=True, slots=True)
class Sensor:
    """The running command."""

    process: "subprocess.Popen[bytes]"
    ready: Path

    def wait_ready(self) -> None:
        """Waits for the file `{ready}`, which the command makes once it listens."""

        def is_ready() -> bool:
            self.check()
            return self.ready.exists()

        wait_until(is_ready, what=f"the sensor command (its file {self.ready})", seconds=_READY_SECONDS)

    def check(self) -> None:
        """Raises LabError when the command has ended before its time."""
        if self.process.poll() is not None:
            message = f"the sensor command ended early, with status {self.process.returncode}"
            raise LabError(message)

    def stop(self) -> None:
        """Asks the command to end (SIGTERM) and waits until it has drained; raises LabError unless it ends with 0."""
        self.check()
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout=_DRAIN_SECONDS)
        except subprocess.TimeoutExpired as error:
            message = f"the sensor command did not end within {_DRAIN_SECONDS:.0f} s of SIGTERM"
            raise LabError(message) from error
        if status != 0:
            message = f"the sensor command ended with status {status}"
            raise LabError(message)

    def kill(self) -> None:
        """Ends the command at once, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=10)


def start(command: Sequence[str], known: Mapping[str, str], *, ready: Path) -> Sensor:
    """Starts the command in the gateway's namespace, as root; its output goes where the recorder's goes."""
    process = subprocess.Popen(
        inside(GATEWAY, "setpriv", "--pdeathsig", "KILL", *expand(command, known)),
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment(known)},
    )
    return Sensor(process, ready)
