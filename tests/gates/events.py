"""Events of a recorded file, through the readers that the sensor uses."""

from __future__ import annotations

from pathlib import Path

from khien_engine.logs import EventFile


def lines_of(path: Path) -> bytes:
    """All events of an event log file or of its JSON."""
    return b"".join(part.lines for part in EventFile(path, source=path.name))


def rejected_of(path: Path) -> list[tuple[str, str]]:
    """What could not be read: place and reason."""
    return [rejected for part in EventFile(path, source=path.name) for rejected in part.rejected]
