"""`python -m tests.conformance.tcpdump_child FILE`: read one capture and tell as JSON how that went."""

# ruff: noqa: T201 - a command line prints
import json
import sys
import time
from pathlib import Path

import khien_engine
from khien_engine.packet import CaptureReader, PacketSettings

#: What the engine says of a file whose bytes are no capture: an end like another.
_NO_CAPTURE = ("capture.empty_file", "capture.not_a_capture")


def main(path: str) -> None:
    """Read to the end; a file that cannot be read at all is an end too, when the engine says so."""
    problems: list[str] = []
    began = time.monotonic()
    try:
        reader = CaptureReader(path, PacketSettings())
        lines = sum(batch.lines.count(b"\n") for batch in reader)
        stats = reader.stats()
        if stats["read"] != stats["decoded"] + sum(stats["undecoded"].values()):
            problems.append(f"read {stats['read']} != {stats['decoded']} decoded + {stats['undecoded']}")
        if lines != sum(stats["events"].values()):
            problems.append(f"{lines} lines, {stats['events']} counted")
        if stats["anomalies"].get("engine_panic"):
            problems.append("engine_panic")
        if not stats["is_finished"]:
            problems.append("not finished")
    except khien_engine.EngineError as error:
        problems.extend([] if error.code in _NO_CAPTURE else [str(error)])
    seconds = time.monotonic() - began
    print(json.dumps({"seconds": seconds, "rss": peak_memory(), "problems": problems}))


def peak_memory() -> int:
    """Bytes of this program at its largest; `getrusage` would begin with what its parent held when it forked."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) * 1024


if __name__ == "__main__":
    main(sys.argv[1])
