"""The native half of Khiên: what touches every packet, log line and event.

Four modules, one a crate: `packet` (captures and frames), `logs` (log lines), `detect` (rules over events) and `correlate` (windows
over what the rules hit).
"""

from khien_engine import correlate, detect, logs, packet
from khien_engine.error import EngineError

__all__ = ["EngineError", "correlate", "detect", "logs", "packet"]
