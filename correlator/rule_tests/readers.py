"""The real readers behind a case's `log` and `capture`: the same native code that the sensors run."""

from __future__ import annotations

from pathlib import Path

from khien_engine import EngineError, logs, packet

from khien.errors import KhienError


def read_capture(path: Path) -> list[bytes]:
    """Every event of a capture file."""
    try:
        reader = packet.CaptureReader(str(path), packet.PacketSettings(source=path.name))
        return [line + b"\n" for batch in reader for line in batch.lines.split(b"\n") if line]
    except EngineError as error:
        raise KhienError("rule_test.invalid", location=str(path), detail=str(error)) from error


def read_log(raw: bytes, *, name: str, year: int | None, utc_offset_minutes: int, host: str | None) -> list[bytes]:
    """Every event of raw log lines in a named format. A line that the parser rejects is a broken case, not a silent one."""
    try:
        parser = logs.LogParser(name, source="case", year=year, utc_offset_minutes=utc_offset_minutes, host=host)
        batch = parser.parse(raw)
    except EngineError as error:
        raise KhienError("rule_test.invalid", location=error.location or name, detail=str(error)) from error
    if batch.rejected:
        index, reason = batch.rejected[0]
        raise KhienError("rule_test.invalid", location=f"{name}, line {index + 1}", detail=reason)
    return [line + b"\n" for line in batch.lines.split(b"\n") if line]
