"""What the processes of the run cost, sample by sample, from /proc."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """Of a process with its threads, so far: CPU seconds; now: resident MiB."""

    cpu: float
    resident: float


def usage(pid: int) -> Usage:
    """Raises `OSError` when there is no such process."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace").rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    # proc_pid_stat(5): utime and stime are the 14th and 15th field; behind the name the 3rd is the first.
    return Usage((int(fields[11]) + int(fields[12])) / _TICKS, pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20))


def rates(before: Mapping[str, Usage], after: Mapping[str, Usage], seconds: float) -> dict[str, float]:
    """Cores that each process used between two samples."""
    return {name: round((after[name].cpu - before[name].cpu) / seconds, 3) for name in after}
