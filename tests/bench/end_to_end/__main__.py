"""A sustained run, end to end: a sensor's spool → HTTPS → the correlator's process → alerts at the incident API's place.

`python -m tests.bench.end_to_end [--minutes N] [--rate N] [--lateness S] [--data FOLDER] [--elasticsearch URL]` runs the real
`khien correlator` (its SQLite store, its checkpoints, its outbox) with more than 500 rules: SigmaHQ's for web, network, Linux and
Windows' own channels, and ours. Events are those of the matching benchmark's lanes, dated now, at a fixed rate; marked events among
them are timed from their event time to the arrival of their alert. → `end_to_end` in build/bench/detect.json, also while it runs;
exit status 1 when a bound is missed.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from correlator.compiler.ruleset import compile_folders
from khien.app.setup import prepare
from khien.home import Home
from tests.bench.detect.lanes import kinds
from tests.bench.detect.report import figure, keep
from tests.bench.end_to_end.arrivals import latency, others
from tests.bench.end_to_end.page import write_page
from tests.bench.end_to_end.processes import Usage, rates, usage
from tests.bench.end_to_end.sensor import PacedSensor
from tests.bench.end_to_end.stream import SINGLE, THREE, Stream

ROOT = Path(__file__).parents[3]
OUT = ROOT / "build" / "bench" / "detect.json"
SIGMA = ("web", "network", "linux", "windows/builtin")
#: Flow and DNS events and event logs as they are; access logs six times over, so that each kind is about a third.
_TIMES = {"ordinary": 1, "web": 8, "network": 1}
_SAMPLE_SECONDS = 10.0
_START_SECONDS = 120.0
_DRAIN_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Run:
    """What was asked for."""

    minutes: float
    rate: int
    lateness: float
    data: Path
    elasticsearch: str | None


@dataclass(slots=True)
class Samples:
    """Every ten seconds: cores and MiB by process, events written and not yet acknowledged."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    last: dict[str, Usage] = field(default_factory=dict)
    at: float = 0.0

    def take(self, pids: dict[str, int], sensor: PacedSensor) -> None:
        """One more."""
        now, found = time.monotonic(), {name: usage(pid) for name, pid in pids.items()}
        if self.last:
            self.rows.append(
                {
                    "cores": rates(self.last, found, now - self.at),
                    "resident_mib": {name: round(one.resident, 1) for name, one in found.items()},
                    "written": sensor.written.events,
                    "waiting": sensor.waiting,
                    "load": round(os.getloadavg()[0], 1),
                }
            )
        self.last, self.at = found, now


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.end_to_end", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=int, default=5_000)
    parser.add_argument("--lateness", type=float, default=1.0, help="how far the sensor's promises stay behind: 1 s as of packets")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("KHIEN_TEST_DATA", ROOT / "../shared/data")))
    parser.add_argument("--elasticsearch", metavar="URL", help="also feed this node")
    parser.add_argument("--write-docs", action="store_true", help="write the tables into docs/benchmarks.md")
    chosen = parser.parse_args()
    # Ended from outside it still ends what it started and removes what it wrote.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
    run = Run(chosen.minutes, chosen.rate, chosen.lateness, chosen.data.resolve(), chosen.elasticsearch)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=OUT.parent) as folder:
        found = measured(run, Path(folder))
    if chosen.write_docs:
        write_page(ROOT / "docs" / "benchmarks.md", found)
    figures = [figure(one["name"], one["value"]) for one in found["figures"]]
    for one in figures:
        sys.stdout.write(f"{one.name:60} {one.value:14,.3f}  {one.word}\n")
    return 1 if any(one.word == "missed" for one in figures) else 0


def measured(run: Run, folder: Path) -> dict[str, Any]:
    """The whole run; keeps what it found so far in the result file."""
    lines = [
        line
        for kind in kinds(run.data, ROOT / "lab" / "recording")
        for line in b"".join(kind.lines).splitlines() * _TIMES.get(kind.name, 0)
    ]
    rules = [*(run.data / "sigma" / "rules" / name for name in SIGMA), ROOT / "rules", Path(__file__).with_name("markers.yml")]
    compiled = compile_folders(rules)
    home, noted = Home(folder / "home"), folder / "arrivals"
    noted.touch()
    samples = Samples()
    with _sink(noted) as (sink, api), _correlator(home, rules, api, run) as (correlator, url):
        identity = prepare(home).authority.issue_sensor("bench")
        sensor = PacedSensor(folder, url=url, identity=identity, stream=Stream(lines), rate=run.rate, lateness=run.lateness)
        pids = {"correlator": correlator, "sensor": os.getpid(), "sink": sink}
        about: dict[str, Any] = {
            "rules": len(compiled.plan.detections),
            "correlations": len(compiled.plan.correlations),
            "mean_line_bytes": sum(map(len, lines)) // len(lines),
            "store": "SQLite" + (" and Elasticsearch" if run.elasticsearch else ""),
            "rate": run.rate,
            "minutes": run.minutes,
            "lateness_seconds": run.lateness,
        }
        with sensor:
            began = time.monotonic()
            while time.monotonic() - began < run.minutes * 60:
                samples.take(pids, sensor)
                keep(OUT, "end_to_end", found := {**about, **_found(run, sensor, noted, samples, time.monotonic() - began)})
                time.sleep(_SAMPLE_SECONDS)
            seconds = time.monotonic() - began
            sensor.stop_writing()
            ended = time.monotonic()
            while sensor.waiting and time.monotonic() - ended < _DRAIN_SECONDS:
                time.sleep(0.1)
            about["drain_seconds"] = round(time.monotonic() - ended, 2)
            # The last markers' alerts need the last promise and a checkpoint.
            time.sleep(run.lateness + 5)
            about["home_bytes"] = sum(path.stat().st_size for path in home.root.rglob("*") if path.is_file())
            keep(OUT, "end_to_end", found := {**about, **_found(run, sensor, noted, samples, seconds)})
    return found


def _found(run: Run, sensor: PacedSensor, noted: Path, samples: Samples, seconds: float) -> dict[str, Any]:
    written = sensor.written
    singles, threes = (latency(noted, kind, sent=sent) for kind, sent in ((SINGLE, written.singles), (THREE, written.threes)))
    acknowledged = sensor.spool.next_seq - 1 - sensor.waiting
    figures = [
        figure("end to end: events a second", acknowledged / max(seconds, 1e-6)),
        figure("end to end: event → alert p99 less lateness, seconds", singles.p99 - run.lateness),
        figure("end to end: correlation's alert p99 less lateness, seconds", threes.p99 - run.lateness),
        figure("end to end: alerts that never came", singles.missing + threes.missing),
    ]
    return {
        "seconds": round(seconds, 1),
        "written": asdict(written),
        "acknowledged": acknowledged,
        "latency_seconds": [asdict(singles), asdict(threes)],
        "other_alert_deliveries": others(noted),
        "samples": samples.rows,
        "figures": [one.document() for one in figures],
    }


@contextmanager
def _sink(noted: Path) -> Iterator[tuple[int, str]]:
    command = (sys.executable, "-m", "tests.bench.end_to_end.sink", str(noted))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.pid, f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


@contextmanager
def _correlator(home: Home, rules: list[Path], api: str, run: Run) -> Iterator[tuple[int, str]]:
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "khien",
        "--home",
        str(home.root),
        "correlator",
        "--ingest-port",
        str(port),
        "--incident-api",
        api,
    ]
    command += [word for path in rules for word in ("--rules", str(path))]
    command += ["--elasticsearch", run.elasticsearch] if run.elasticsearch else []
    prepare(home)
    with subprocess.Popen(command) as process:
        try:
            _wait_for(port, process)
            yield process.pid, f"https://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1.0):
                return
        except OSError:
            time.sleep(0.2)
    message = "the correlator did not start"
    raise SystemExit(message)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    raise SystemExit(main())
