"""Captures for scripts: `khien.read(path)` gives batches of typed events, and Arrow tables of a dataset."""

from khien.capture.reading import Account, Capture, EventBatch, read

__all__ = ["Account", "Capture", "EventBatch", "read"]
