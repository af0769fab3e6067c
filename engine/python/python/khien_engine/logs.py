"""Turns log lines into events."""

from khien_engine._native import LogBatch, LogParser, detect_format, formats

__all__ = ["LogBatch", "LogParser", "detect_format", "formats"]
