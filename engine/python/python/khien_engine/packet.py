"""Captures and live frames in, batches of event lines out.

`CaptureReader(path, settings)` and `LiveReader(interface, settings)` iterate over `Batch`es; a worker thread reads
ahead while the interpreter is free. `stats()` is the account: `read == decoded + sum(undecoded.values())` at any time.
"""

from typing import TYPE_CHECKING

from khien_engine._native import (
    Batch,
    CaptureReader,
    LiveReader,
    PacketSettings,
    anomalies,
    datasets,
    drop_privileges,
    probe_capture,
)

if TYPE_CHECKING:
    from khien_engine._native import PacketStats as PacketStats

__all__ = [
    "Batch",
    "CaptureReader",
    "LiveReader",
    "PacketSettings",
    "anomalies",
    "datasets",
    "drop_privileges",
    "probe_capture",
]
