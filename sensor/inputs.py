"""From settings to sources: names them uniquely and chooses how each is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from khien.clock import MICROSECONDS, Clock
from khien.errors import KhienError
from sensor.recovery import Notice
from sensor.settings import FileInput, SensorSettings
from sensor.sources.engine import is_capture, log_format_of, log_parser, open_capture, open_interface
from sensor.sources.follow import FollowedLog
from sensor.sources.live import LiveInterface
from sensor.sources.parser import LineParser
from sensor.sources.recorded import Recorded, RecordedCapture, RecordedLog
from sensor.sources.source import Source
from sensor.sources.syslog import SyslogReceiver


def make_sources(settings: SensorSettings, *, clock: Clock, notice: Notice) -> list[Source]:
    """All inputs of a sensor, not yet open. Raises `KhienError` for a file that is missing, empty or of no known format."""
    names = _names([file.path for file in (*settings.recorded, *settings.logs)])
    sources: list[Source] = [_recorded(file, settings, name=names[file.path]) for file in settings.recorded]
    for file in settings.logs:
        name = names[file.path]
        make_parser = partial(_followed_parser, file, settings, name=name, clock=clock)
        sources.append(
            FollowedLog(file.path, name=name, make_parser=make_parser, clock=clock, notice=notice, is_once=settings.is_once)
        )
    for interface in settings.interfaces:
        open_reader = partial(open_interface, source=interface)
        sources.append(LiveInterface(interface, name=interface, open_interface=open_reader, clock=clock))
    for port in settings.syslog:
        name = f"syslog.{port.protocol}.{port.port}"
        receiver_parser = partial(_syslog_parser, settings, name=name, clock=clock)
        sources.append(
            SyslogReceiver(
                protocol=port.protocol, host=port.host, port=port.port, name=name, make_parser=receiver_parser, clock=clock
            )
        )
    return sources


def _recorded(file: FileInput, settings: SensorSettings, *, name: str) -> Recorded:
    check_exists(file.path)
    if file.log_format is None and is_capture(file.path):
        return Recorded(RecordedCapture(file.path, partial(open_capture, source=name)), name=name, path=file.path)
    log_format = file.log_format or log_format_of(file.path)
    year = settings.year or _year_of(file.path, settings)
    make_parser = partial(
        log_parser, log_format, source=name, year=year, utc_offset_minutes=settings.utc_offset_minutes, host=settings.name
    )
    return Recorded(RecordedLog(file.path, name, make_parser), name=name, path=file.path)


def _followed_parser(file: FileInput, settings: SensorSettings, *, name: str, clock: Clock) -> LineParser:
    """A followed log is written now: a line without a year is of this year."""
    log_format = file.log_format or log_format_of(file.path)
    year = settings.year or _year_at(clock.now_us(), settings)
    return log_parser(log_format, source=name, year=year, utc_offset_minutes=settings.utc_offset_minutes, host=settings.name)


def _syslog_parser(settings: SensorSettings, address: str, *, name: str, clock: Clock) -> LineParser:
    """One parser a sender: its address stands beside whatever the message says of itself."""
    year = settings.year or _year_at(clock.now_us(), settings)
    return log_parser("syslog", source=name, year=year, utc_offset_minutes=settings.utc_offset_minutes, host=address)


def check_exists(path: Path) -> None:
    """Raise `input.not_found` before anybody else words it worse."""
    if not path.exists():
        raise KhienError("input.not_found", path=str(path))


def _year_of(path: Path, settings: SensorSettings) -> int:
    """Without `--year`, the year in which the file was last written: its newest lines are of that year."""
    return _year_at(path.stat().st_mtime_ns // 1000, settings)


def _year_at(time_us: int, settings: SensorSettings) -> int:
    zone = dt.timezone(dt.timedelta(minutes=settings.utc_offset_minutes))
    return dt.datetime.fromtimestamp(time_us / MICROSECONDS, tz=zone).year


def _names(paths: Iterable[Path]) -> dict[Path, str]:
    """The shortest end of each path that no other shares: `access.log`, or `portal/access.log` beside `mail/access.log`."""
    distinct = list(dict.fromkeys(paths))
    names: dict[Path, str] = {}
    for path in distinct:
        parts = path.absolute().parts
        for length in range(1, len(parts) + 1):
            end = parts[-length:]
            if sum(other.absolute().parts[-length:] == end for other in distinct) == 1:
                break
        names[path] = "/".join(parts[-length:])
    return names
