"""Packets per second of our reader beside its peers, on the same captures, in turn, in one run.

`python -m tests.bench.packet [--data FOLDER] [--megabytes N] [--rounds N] [--peers PYTHON] [--write-docs]` writes
`build/bench/packets.json`. dpkt, nfstream and scapy live in an environment of their own (`requirements/bench.txt`), named by
`--peers`; scapy and tshark read a slice. Every reader runs in its own process on one core; seconds are its CPU seconds without
its start; each figure is the median of the rounds.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import statistics
import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.bench.packet import readers, report
from tests.bench.packet.mixes import Mix, make_captures_mix, make_large_mix
from tests.bench.packet.readers import Reader, Run

ROOT = Path(__file__).resolve().parents[3]
COMMAND = "python -m tests.bench.packet"
SLICE_PACKETS = 20_000
_MEGA = 1_000_000


def measure(mix: Mix, found: list[Reader], rounds: int) -> list[report.Row]:
    """Every reader in turn, `rounds` times."""
    _warm(mix.path)
    runs: dict[str, list[Run]] = defaultdict(list)
    for turn in range(rounds):
        for reader in found:
            print(f"{mix.name}: round {turn + 1} of {rounds}, {reader.name}", file=sys.stderr)
            runs[reader.name].append(readers.run(reader, mix.slice if reader.reads_slice else mix.path))
    return [_row(mix, reader, runs[reader.name]) for reader in found]


def _row(mix: Mix, reader: Reader, runs: list[Run]) -> report.Row:
    packets = SLICE_PACKETS if reader.reads_slice else mix.packets
    size = mix.slice.stat().st_size if reader.reads_slice else mix.size
    accounted = {run.packets for run in runs if run.packets is not None}
    cpu = statistics.median(run.cpu for run in runs)
    wall = statistics.median(run.wall for run in runs)
    return report.Row(
        mix=mix.name,
        reader=reader.name,
        packets=packets,
        accounted=accounted.pop() if len(accounted) == 1 else None,
        packets_per_cpu_second=packets / cpu,
        packets_per_second=packets / wall,
        megabytes_per_cpu_second=size / cpu / _MEGA,
        cpu_seconds=cpu,
        wall_seconds=wall,
        memory_mib=max(run.memory for run in runs),
        is_slice=reader.reads_slice,
    )


def _warm(path: Path) -> None:
    """Into the page cache, a piece at a time."""
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass


def main() -> int:
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("KHIEN_TEST_DATA", ROOT / "../shared/data")))
    parser.add_argument("--megabytes", type=int, default=2_048)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default=sys.executable, help="the Python that has dpkt, nfstream and scapy")
    parser.add_argument("--write-docs", action="store_true", help="write the tables into docs/benchmarks.md")
    chosen = parser.parse_args()
    folder = ROOT / "build" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    size = chosen.megabytes << 20
    found = [*readers.ours(), *readers.peers(chosen.peers)]
    # In a process of their own: a reader's peak of memory would begin with what this process held when it forked.
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as maker:
        mixes = [maker.submit(make_large_mix, folder, size, SLICE_PACKETS).result()]
        if (chosen.data / "pcap").is_dir():
            mixes.insert(0, maker.submit(make_captures_mix, folder, chosen.data, size, SLICE_PACKETS).result())
        else:
            print(f"no test data at {chosen.data}: only the made mix is measured", file=sys.stderr)
    rows = [row for mix in mixes for row in measure(mix, found, chosen.rounds)]
    figures = report.figures(rows)
    machine = report.Machine(platform.machine(), report.processor(), os.cpu_count() or 1, os.getloadavg()[0])
    (folder / "packets.json").write_text(json.dumps(report.document(machine, rows, figures), indent=1) + "\n", encoding="utf-8")
    print(report.table(rows))
    print(report.figures_table(figures))
    if chosen.write_docs:
        report.write_docs(ROOT / "docs" / "benchmarks.md", machine, rows, figures, mixes)
    return 0 if all(figure.passed for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
