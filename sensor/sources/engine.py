"""Opens the engine's readers and parsers, and turns the engine's failures into Khiên's errors, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from khien_engine import EngineError, logs, packet

from khien.engine_error import from_engine
from khien.errors import KhienError
from sensor.sources.parser import LineParser
from sensor.sources.recorded import EventBatch, EventFilePart

#: What the engine is shown of a file to tell its format.
_SAMPLE_BYTES = 65_536


class _EngineReader(Protocol):
    def __iter__(self) -> Iterator[EventBatch]: ...
    def stats(self) -> Any: ...
    def close(self) -> None: ...


class EnginePackets:
    """A reader of the engine, capture file or interface."""

    def __init__(self, reader: _EngineReader, *, path: str) -> None:
        self._reader = reader
        self._path = path

    def __iter__(self) -> Iterator[EventBatch]:
        """Batches until the end. Raises `KhienError`."""
        try:
            yield from self._reader
        except EngineError as error:
            raise from_engine(error, path=self._path) from error

    def stats(self) -> Mapping[str, int]:
        """The reader's account with one level of names: `undecoded.short_header`."""
        return dict(_flat(self._reader.stats()))

    def close(self) -> None:
        """End the reader's thread."""
        self._reader.close()


def open_capture(path: Path, *, source: str) -> EnginePackets:
    """A capture file. Raises `KhienError` when it is none."""
    try:
        reader = packet.CaptureReader(str(path), packet.PacketSettings(source=source))
    except EngineError as error:
        raise from_engine(error, path=str(path)) from error
    return EnginePackets(reader, path=str(path))


def is_capture(path: Path) -> bool:
    """Whether the file begins as a capture does."""
    try:
        return packet.probe_capture(str(path)) is not None
    except EngineError as error:
        raise from_engine(error, path=str(path)) from error


def _flat(stats: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for name, value in stats.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", count) for inner, count in value.items() if isinstance(count, int))
        elif isinstance(value, int) and not isinstance(value, bool):
            yield name, value
        elif name == "damage_reason" and value is not None:
            yield f"damaged.{value}", 1


class EngineInterface(EnginePackets):
    """A live interface of the engine."""

    def __init__(self, reader: packet.LiveReader, *, interface: str) -> None:
        super().__init__(reader, path=interface)
        self._live = reader

    def stop(self) -> None:
        """End the capture; what is known still comes out of the iterator."""
        self._live.stop()


def open_interface(interface: str, *, source: str, user: str | None) -> EngineInterface:
    """A live interface. Raises `KhienError` when it does not exist or the right to open it is missing.

    `user`: give up root for this user once the socket is open and before the engine's thread begins, because capabilities
    belong to threads; so the interface must be the last thing that is opened.
    """
    try:
        return EngineInterface(
            packet.LiveReader(interface, packet.PacketSettings(source=source), drop_to=user), interface=interface
        )
    except EngineError as error:
        raise from_engine(error, path=interface) from error


class EventFileSteps:
    """A file of events that are not lines, as a row of parts."""

    def __init__(self, file: logs.EventFile, *, path: str) -> None:
        self._file = file
        self._path = path

    def __iter__(self) -> Iterator[EventFilePart]:
        """Parts until the end. Raises `KhienError`."""
        try:
            yield from self._file
        except OSError as error:
            raise KhienError("input.unreadable", path=self._path, reason=error.strerror or str(error)) from error


def open_event_file(path: Path, *, source: str) -> EventFileSteps:
    """An event log file of Windows, or JSON objects over several lines. Raises `KhienError` when it is none."""
    try:
        return EventFileSteps(logs.EventFile(path, source=source), path=str(path))
    except OSError as error:
        raise KhienError("input.unreadable", path=str(path), reason=error.strerror or str(error)) from error
    except EngineError as error:
        raise KhienError("input.unknown_format", path=str(path)) from error


def is_event_file(path: Path, *, named: str | None) -> bool:
    """Whether the file is read as a whole and not by lines. Raises `input.unknown_format` for one that is not what it was named."""
    found = logs.probe_event_file(path) if named is None or named in logs.file_formats() else None
    if found is None and named is not None and named not in logs.formats():
        raise KhienError("input.unknown_format", path=f"{path}:{named}")
    return found is not None


def log_parser(log_format: str, *, source: str, year: int, utc_offset_minutes: int, host: str | None) -> LineParser:
    """A parser of the engine. Raises `input.unknown_format` for a format that it does not have."""
    if log_format not in logs.formats():
        raise KhienError("input.unknown_format", path=source)
    try:
        return logs.LogParser(log_format, source=source, year=year, utc_offset_minutes=utc_offset_minutes, host=host)
    except EngineError as error:
        raise from_engine(error, path=source) from error


def detect_log_format(head: bytes) -> str | None:
    """The format that the head of a log shows; None for an unknown one."""
    return logs.detect_format(head)


def log_format_of(path: Path, *, named: str | None) -> str:
    """The format that was named, else the one that the head of the file shows. Raises `input.unknown_format`."""
    if named is not None:
        if named not in logs.formats():
            raise KhienError("input.unknown_format", path=f"{path}:{named}")
        return named
    try:
        with path.open("rb") as file:
            found = logs.detect_format(file.read(_SAMPLE_BYTES))
    except FileNotFoundError:
        raise KhienError("input.not_found", path=str(path)) from None
    except OSError as error:
        raise KhienError("input.unreadable", path=str(path), reason=error.strerror or str(error)) from error
    if found is None:
        raise KhienError("input.unknown_format", path=str(path))
    return found


def first_packet_us(path: Path) -> int | None:
    """About when a capture begins: the packet clock of its first batch. None for one without packets."""
    reader = open_capture(path, source="")
    try:
        batch = next(iter(reader), None)
    finally:
        reader.close()
    return batch.last_time_us if batch is not None else None
