"""Turns log lines into events."""

from khien_engine._native import LogBatch, LogParser, detect_format, formats, windows_dataset

__all__ = ["LogBatch", "LogParser", "detect_format", "formats", "windows_dataset"]
