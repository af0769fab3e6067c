"""Captures and live frames in, batches of event lines out.

`CaptureReader(path, settings)` iterates over `Batch`es; a worker thread reads ahead while the interpreter is free.
`stats()` is the account: `read == decoded + sum(undecoded.values())` at any time.
"""

from khien_engine._native import Batch, CaptureReader, PacketSettings, probe_capture

__all__ = ["Batch", "CaptureReader", "PacketSettings", "probe_capture"]
