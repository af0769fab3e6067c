"""From settings to sources: names them uniquely and chooses how each is read."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from khien.clock import Clock
from khien.errors import KhienError
from khien.text import shown_path
from sensor.recovery import Notice
from sensor.settings import FileInput, SensorSettings
from sensor.sources.detect import DetectedParser
from sensor.sources.engine import (
    detect_log_format,
    first_packet_us,
    is_capture,
    is_event_file,
    log_format_of,
    log_parser,
    open_capture,
    open_event_file,
    open_interface,
)
from sensor.sources.follow import FollowedLog
from sensor.sources.live import LiveInterface
from sensor.sources.parser import LineParser, ParserFactory
from sensor.sources.recorded import Recorded, RecordedCapture, RecordedEvents, RecordedFile, RecordedLog, check_readable
from sensor.sources.source import Source
from sensor.sources.syslog import SyslogReceiver
from sensor.sources.year import CurrentYear, ParserOfYear, year_at, year_of_recorded


def make_sources(settings: SensorSettings, *, clock: Clock, notice: Notice) -> list[Source]:
    """All inputs of a sensor, not yet open. Raises `KhienError` for a file that is missing, empty or of no known format."""
    names = _names([file.path for file in (*settings.recorded, *settings.logs)])
    sources: list[Source] = [*_recorded(settings, names)]
    for file in settings.logs:
        name = names[file.path]
        make_parser = partial(_followed_parser, file, settings, name=name, clock=clock, notice=notice)
        sources.append(
            FollowedLog(file.path, name=name, make_parser=make_parser, clock=clock, notice=notice, is_once=settings.is_once)
        )
    for port in settings.syslog:
        name = f"syslog.{port.protocol}.{port.port}"
        sender_parser = partial(_sender_parser, settings, name=name, clock=clock)
        sources.append(
            SyslogReceiver(
                protocol=port.protocol,
                host=port.host,
                port=port.port,
                name=name,
                make_parser=sender_parser,
                clock=clock,
                notice=notice,
            )
        )
    for number, interface in enumerate(settings.interfaces, start=1):
        # The last one to be opened gives up root; see `open_interface`.
        user = settings.user if os.geteuid() == 0 and number == len(settings.interfaces) else None
        open_reader = partial(open_interface, source=interface, user=user)
        sources.append(LiveInterface(interface, name=interface, open_interface=open_reader, clock=clock))
    return sources


def _recorded(settings: SensorSettings, names: Mapping[Path, str]) -> list[Recorded]:
    """Captures and logs that are read to their end; the captures first, because they know the year."""
    for file in settings.recorded:
        check_readable(file.path)
    captures = [file.path for file in settings.recorded if file.log_format is None and is_capture(file.path)]
    sources = [
        Recorded(
            RecordedCapture(path, partial(open_capture, source=names[path])), name=names[path], path=path, dataset=settings.dataset
        )
        for path in captures
    ]
    times = [time_us for path in captures if settings.year is None and (time_us := first_packet_us(path)) is not None]
    for file in settings.recorded:
        if file.path not in captures:
            log = _recorded_log(file, settings, name=names[file.path], near_us=min(times, default=None))
            sources.append(Recorded(log, name=names[file.path], path=file.path, dataset=settings.dataset))
    return sources


def _recorded_log(file: FileInput, settings: SensorSettings, *, name: str, near_us: int | None) -> RecordedFile:
    if is_event_file(file.path, named=file.log_format):
        return RecordedEvents(file.path, name, partial(open_event_file, source=name))
    return RecordedLog(file.path, name, _recorded_parser(file, settings, name=name, near_us=near_us))


def _recorded_parser(file: FileInput, settings: SensorSettings, *, name: str, near_us: int | None) -> ParserFactory:
    make_parser = _of_year(log_format_of(file.path, named=file.log_format), settings, name=name, host=file.host)
    year = settings.year
    if year is None:
        written_year = year_at(file.path.stat().st_mtime_ns // 1000, utc_offset_minutes=settings.utc_offset_minutes)
        year = year_of_recorded(
            file.path,
            make_parser,
            written_year=written_year,
            near_us=near_us,
            utc_offset_minutes=settings.utc_offset_minutes,
        )
    return partial(make_parser, year)


def _followed_parser(file: FileInput, settings: SensorSettings, *, name: str, clock: Clock, notice: Notice) -> LineParser:
    """The parser of the format that is named, else that the file shows, else that its first lines will show."""

    def of_format(log_format: str) -> LineParser:
        make_parser = _of_year(log_format, settings, name=name, host=file.host or socket.gethostname())
        return _current(make_parser, settings, clock=clock)

    try:
        return of_format(log_format_of(file.path, named=file.log_format))
    except KhienError:
        if file.log_format is not None:
            raise
    return DetectedParser(of_format, detect=detect_log_format, path=str(file.path), source=name, notice=notice)


def _sender_parser(settings: SensorSettings, address: str, *, name: str, clock: Clock) -> LineParser:
    """One parser a sender: its address stands in `khien.source`, beside whatever the message says of itself."""
    make_parser = _of_year("syslog", settings, name=f"{name}/{address}", host=address)
    return _current(make_parser, settings, clock=clock)


def _current(make_parser: ParserOfYear, settings: SensorSettings, *, clock: Clock) -> LineParser:
    if settings.year is not None:
        return make_parser(settings.year)
    return CurrentYear(make_parser, clock=clock, utc_offset_minutes=settings.utc_offset_minutes)


def _of_year(log_format: str, settings: SensorSettings, *, name: str, host: str | None) -> ParserOfYear:
    def make(year: int) -> LineParser:
        return log_parser(log_format, source=name, year=year, utc_offset_minutes=settings.utc_offset_minutes, host=host)

    return make


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
        names[path] = shown_path("/".join(parts[-length:]))
    return names
