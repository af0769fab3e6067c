"""The native half of Khiên: what touches every packet, log line and event.

Three modules, one a crate: `packet` (captures and frames), `logs` (log lines) and `detect` (rules over events).
"""

from khien_engine import detect, logs, packet
from khien_engine.error import EngineError

__all__ = ["EngineError", "detect", "logs", "packet"]
