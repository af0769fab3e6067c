"""A sensor as a process of its own, with the plain test format: what the fault cases kill.

python -m tests.faults.sensor_process FOLDER SERVER CERTIFICATE [--log PATH] [--read PATH] [--once]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from functools import partial
from pathlib import Path

from khien.certificates import Identity
from khien.clock import SystemClock
from khien.ids import Dataset, SensorName
from sensor.health import HealthLog
from sensor.https import HttpsTransport
from sensor.run import Sensor, StopSignals
from sensor.settings import SensorSettings
from sensor.sources.follow import FollowedLog
from sensor.sources.recorded import Recorded, RecordedLog
from sensor.sources.source import Source
from tests.sensor.plain_lines import PlainParser

ROOT = Path(__file__).parents[2]


def start(folder: Path, server: str, certificate: Path, *options: str | Path) -> subprocess.Popen[str]:
    """Start one; its health lines are in `stderr`."""
    command = [sys.executable, "-m", "tests.faults.sensor_process", folder, server, certificate, *options]
    return subprocess.Popen(list(map(str, command)), cwd=ROOT, stderr=subprocess.PIPE, text=True)


def run_once(folder: Path, server: str, certificate: Path, *options: str | Path) -> str:
    """Run one until everything is acknowledged; returns its health lines."""
    process = start(folder, server, certificate, *options, "--once")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return errors


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("server")
    parser.add_argument("certificate", type=Path)
    parser.add_argument("--log", type=Path, action="append", default=[])
    parser.add_argument("--read", type=Path, action="append", default=[])
    parser.add_argument("--once", action="store_true")
    words = parser.parse_args()
    clock = SystemClock()
    notice = HealthLog(sensor="gateway", clock=clock)
    settings = SensorSettings(
        name=SensorName("gateway"),
        folder=words.folder,
        server=words.server,
        certificate=words.certificate,
        dataset=Dataset("live"),
        is_once=words.once,
    )
    sources: list[Source] = []
    for path in words.log:
        parsing = partial(PlainParser, path.name)
        sources.append(
            FollowedLog(
                path, name=path.name, make_parser=parsing, clock=clock, notice=notice, is_once=words.once, grace_seconds=0.2
            )
        )
    for path in words.read:
        recorded = RecordedLog(path, path.name, partial(PlainParser, path.name))
        sources.append(Recorded(recorded, name=path.name, path=path))
    identity = Identity.load(words.certificate)
    transport = HttpsTransport(words.server, identity=identity, dataset="live", clock=clock)
    sensor = Sensor(settings, sources=sources, transport=transport, clock=clock, notice=notice)
    with StopSignals(sensor):
        return sensor.run()


if __name__ == "__main__":
    raise SystemExit(main())
