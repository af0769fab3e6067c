"""Turns log lines and files of events into events."""

from khien_engine._native import (
    EventFile,
    EventFilePart,
    LogBatch,
    LogParser,
    detect_format,
    file_formats,
    formats,
    probe_event_file,
    windows_dataset,
)

__all__ = [
    "EventFile",
    "EventFilePart",
    "LogBatch",
    "LogParser",
    "detect_format",
    "file_formats",
    "formats",
    "probe_event_file",
    "windows_dataset",
]
