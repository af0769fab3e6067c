"""The one door from the lab to other programs: run a command, and name it in the error when it fails."""

import subprocess
from collections.abc import Sequence

DEFAULT_TIMEOUT_SECONDS = 60.0


class LabError(Exception):
    """Something the lab needs is missing or went wrong; the text is one sentence for the person at the terminal."""


def run(command: Sequence[str], *, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS, check: bool = True) -> str:
    """Runs a command in the foreground and returns what it printed.

    Raises LabError, with the command's last words, when it fails and `check` is set.
    """
    done = subprocess.run(list(command), capture_output=True, text=True, timeout=timeout_seconds, check=False, errors="replace")
    if check and done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines()
        reason = words[-1] if words else "no output"
        message = f"`{' '.join(command)}` failed with status {done.returncode}: {reason}"
        raise LabError(message)
    return done.stdout


def run_quietly(command: Sequence[str]) -> None:
    """Runs a clean-up command whose failure means only that there was nothing to clean."""
    run(command, check=False)
