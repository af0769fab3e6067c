"""The readers that are timed, each in a process of its own on one core: ours in three settings, and the peers."""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from khien_engine.packet import PacketSettings

#: Reads in this process's Python; prints the packets read.
_KHIEN = """
import sys
from khien_engine.packet import CaptureReader, PacketSettings
reader = CaptureReader(sys.argv[1], PacketSettings(checksums="on", {settings}))
lines = sum(batch.count for batch in reader)
stats = reader.stats()
assert lines == sum(stats["events"].values()), "the batches do not add up to the account"
print(stats["read"])
"""
_DPKT = """
import dpkt, sys
count = 0
with open(sys.argv[1], "rb") as file:
    for _, data in dpkt.pcap.Reader(file):
        dpkt.ethernet.Ethernet(data)
        count += 1
print(count)
"""
_NFSTREAM = """
import sys
from nfstream import NFStreamer
print(sum(flow.bidirectional_packets for flow in NFStreamer(source=sys.argv[1], n_meters=1)))
"""
_SCAPY = """
import sys
from scapy.all import PcapReader
from scapy.layers.all import *
print(sum(1 for packet in PcapReader(sys.argv[1])))
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """A command that reads a capture (`{}` is its path); `start` is the same without reading, whose cost is taken off."""

    name: str
    command: tuple[str, ...]
    start: tuple[str, ...] = ()
    reads_slice: bool = False
    prints_count: bool = True
    cores: int = 1


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took: CPU seconds of all its threads and children without its start, wall seconds, peak memory in MiB."""

    packets: int | None
    cpu: float
    wall: float
    memory: float


def ours() -> list[Reader]:
    """Everything on; decode and flows only; everything on two workers and two cores."""
    variants = [("khien", "", 1), ("khien decode+flow", "parse_protocols=False", 1)]
    if "workers" in str(inspect.signature(PacketSettings)):
        variants.append(("khien 2 workers", "workers=2", 2))
    found = []
    for name, settings, cores in variants:
        command = (sys.executable, "-c", _KHIEN.format(settings=settings), "{}")
        start = (sys.executable, "-c", "from khien_engine.packet import CaptureReader")
        found.append(Reader(name, command, start, cores=cores))
    return found


def peers(python: str) -> list[Reader]:
    """Those that are installed; for each missing one a line says so."""
    found = []
    for name, script, module, is_slow in (
        ("nfstream", _NFSTREAM, "nfstream", False),
        ("dpkt", _DPKT, "dpkt", False),
        ("scapy", _SCAPY, "scapy.layers.all", True),
    ):
        if _starts((python, "-c", f"import {module}")):
            found.append(Reader(name, (python, "-c", script, "{}"), (python, "-c", f"import {module}"), reads_slice=is_slow))
        else:
            _missing(name)
    if shutil.which("tshark"):
        found.append(Reader("tshark", ("tshark", "-n", "-r", "{}"), ("tshark", "--version"), reads_slice=True, prints_count=False))
    else:
        _missing("tshark")
    if shutil.which("suricata"):
        command = ("suricata", "-r", "{}", "-k", "none", "--runmode", "single", "-l", tempfile.gettempdir())
        found.append(Reader("suricata", command, ("suricata", "--build-info"), prints_count=False))
    else:
        _missing("suricata")
    return found


def run(reader: Reader, path: Path, *, first_core: int = 0) -> Run:
    """One run, pinned to the reader's number of cores. Raises `subprocess.CalledProcessError` when it fails."""
    cores = set(range(first_core, first_core + reader.cores))
    start = _timed(reader.start, cores) if reader.start else Run(None, 0.0, 0.0, 0.0)
    done = _timed([part.replace("{}", str(path)) for part in reader.command], cores, counts=reader.prints_count)
    return Run(done.packets, max(done.cpu - start.cpu, 1e-6), max(done.wall - start.wall, 1e-6), done.memory)


def _timed(command: Sequence[str], cores: set[int], *, counts: bool = False) -> Run:
    begin = os.times().elapsed
    with tempfile.TemporaryFile() as output:
        pinned = ("taskset", "--cpu-list", ",".join(map(str, sorted(cores))), *command)
        process = subprocess.Popen(pinned, stdout=output, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = os.times().elapsed - begin
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, command)
        output.seek(0)
        # The count comes last: nfstream warns of a single core on the same output.
        packets = int(output.read().split()[-1]) if counts else None
    return Run(packets, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1_024)


def _starts(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _missing(name: str) -> None:
    print(f"{name} is not installed; left out", file=sys.stderr)  # noqa: T201 - a command line prints
