"""Speed of spool and delivery on the recorded day's own events: `python -m tests.bench.spool [events]` → build/bench/spool.json.

The spool with `fdatasync` after 1, 100 and 1,000 events (reliability design, section 3, measured the same way), reading it back,
and the whole way sensor → HTTPS → the correlator's own ingest, durable there, in one process over the loopback interface.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from khien_engine.packet import CaptureReader, PacketSettings

from correlator.ingest.accept import Ingest
from correlator.ingest.listener import IngestListener
from khien.certificates import CertificateAuthority
from khien.clock import SystemClock
from khien.listener import ThreadedServer, listener_config
from khien.tls import server_context
from sensor.cursor import Mark
from sensor.delivery import Delivery
from sensor.https import HttpsTransport
from sensor.reader import SpoolReader, split_lines
from sensor.record import Priority
from sensor.rejects import RejectFile
from sensor.spool import Spool

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "python -m tests.bench.spool"
#: What the design measured by hand (section 3, a slower disk), and its bar for bursts (section 13).
BOUNDS = {1: 600.0, 100: 50_000.0, 1_000: 100_000.0}
BURST = 20_000.0

Figure = dict[str, object]


def day_lines() -> list[bytes]:
    """The events of the recorded day, as the engine writes them."""
    reader = CaptureReader(str(ROOT / "lab" / "recording" / "capture.pcapng"), PacketSettings())
    return [line for batch in reader for line in split_lines(batch.lines)]


def figure(name: str, value: float, *, bound: float | None, unit: str = "events/s") -> Figure:
    """One line of the result file."""
    passed = bound is None or value >= bound
    print(f"{name:52} {value:14,.0f} {unit}" + ("" if passed else "   BELOW THE BOUND"))
    return {"name": name, "value": round(value, 1), "unit": unit, "bound": bound, "passed": passed, "command": COMMAND}


def open_spool(folder: Path) -> Spool:
    return Spool(folder, sensor="bench", dataset="live", notice=lambda _event, _fields: None)


def write(spool: Spool, lines: list[bytes], *, events: int, batch: int) -> float:
    """Append and sync; returns events a second."""
    groups = [lines[start : start + batch] for start in range(0, len(lines) - batch + 1, batch)]
    bodies = [b"".join(group) for group in groups]
    began, written = time.perf_counter(), 0
    while written < events:
        spool.append(bodies[written // batch % len(bodies)], count=batch, priority=Priority.FLOW, state=b"{}")
        spool.sync()
        written += batch
    return events / (time.perf_counter() - began)


def spool_figures(folder: Path, lines: list[bytes], *, events: int) -> list[Figure]:
    figures = []
    for batch, bound in BOUNDS.items():
        spool = open_spool(folder / f"spool-{batch}")
        count = min(events, batch * 3_000)
        rate = write(spool, lines, events=count, batch=batch)
        figures.append(figure(f"spool, fdatasync after {batch:,} events", rate, bound=bound))
        if batch == max(BOUNDS):
            figures.append(figure("spool, bytes an event on disk", spool.catalogue.size_bytes() / count, bound=None, unit="B"))
            reader = SpoolReader(spool.catalogue)
            reader.seek(Mark(1, 0))
            began, read = time.perf_counter(), 0
            while (item := reader.read()) is not None:
                read += item.count
            figures.append(figure("spool, reading it back", read / (time.perf_counter() - began), bound=None))
            reader.close()
        spool.close()
        began = time.perf_counter()
        open_spool(folder / f"spool-{batch}").close()
        if batch == max(BOUNDS):
            opening = (time.perf_counter() - began) * 1_000
            figures.append(figure("spool, opening it again", opening, bound=None, unit="ms"))
    return figures


def delivery_figures(folder: Path, lines: list[bytes], *, events: int) -> list[Figure]:
    """From the spool to a durable acknowledgement of the correlator."""
    clock = SystemClock()
    authority = CertificateAuthority(folder / "ca", city="bench")
    ingest = Ingest(folder / "ingest.db", clock=clock)
    listener = IngestListener(ingest, deny_list=authority.deny_list, datasets={})
    context = server_context(authority.issue_server("ingest"), clients="required")
    spool, rejects = open_spool(folder / "delivery"), RejectFile(folder / "undeliverable.jsonl")
    write(spool, lines, events=events, batch=1_000)
    with ThreadedServer(listener_config(listener.app(), context=context)) as server:
        transport = HttpsTransport(server.url, identity=authority.issue_sensor("bench"), dataset="live", clock=clock)
        delivery = Delivery(spool=spool, transport=transport, rejects=rejects, clock=clock, notice=print)
        began, processor = time.perf_counter(), time.process_time()
        while not delivery.idle_rounds:
            delivery.step()
        rate, processor_rate = events / (time.perf_counter() - began), events / (time.process_time() - processor)
        delivery.close()
        transport.close()
    acknowledged = ingest.mark("bench", 1).acked_seq
    spool.close()
    rejects.close()
    ingest.log.close()
    if acknowledged != events:
        message = f"{acknowledged} of {events} events arrived"
        raise SystemExit(message)
    return [
        figure("spool → HTTPS → correlator, durable, acknowledged", rate, bound=BURST),
        # Other work on the machine lowers the first figure; this one is both halves' own processor time.
        figure("the same, by processor time of both halves", processor_rate, bound=BURST),
    ]


def main(words: list[str]) -> int:
    events = int(words[0]) if words else 200_000
    lines = day_lines()
    print(f"{len(lines):,} events of {sum(map(len, lines)) / len(lines):.0f} B")
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as name:
        folder = Path(name)
        figures = [*spool_figures(folder, lines, events=events), *delivery_figures(folder, lines, events=events)]
    result = ROOT / "build" / "bench" / "spool.json"
    result.parent.mkdir(parents=True, exist_ok=True)
    result.write_text(json.dumps(figures, indent=1) + "\n")
    return 0 if all(each["passed"] for each in figures) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
