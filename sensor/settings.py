"""What a sensor is told at start: its name, its correlator, its inputs. Parsed once, from the command line's own words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self, TypeVar

from khien.errors import KhienError
from khien.ids import Dataset, SensorName
from sensor.retention import KEEP_BYTES, KEEP_SECONDS
from sensor.spool import DEFAULT_QUOTA_BYTES

#: Local time in the city, for logs that state no zone.
VIETNAM_MINUTES = 420
_LARGEST_PORT = 65_535
_DAY_MINUTES = 1_440
_SYSLOG_PARTS = 2
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_Parsed = TypeVar("_Parsed")


@dataclass(frozen=True, slots=True)
class FileInput:
    """A file, its format when its content does not tell, and whose log it is when its lines do not say so (web servers' do not)."""

    path: Path
    log_format: str | None = None
    host: str | None = None

    @classmethod
    def parse(cls, text: str, *, option: str) -> Self:
        """`PATH[:FORMAT][@HOST]`; a path that exists as it is written is believed."""
        if Path(text).exists():
            return cls(Path(text))
        path, at, host = text.rpartition("@")
        if not at or _HOST.fullmatch(host) is None:
            path, host = text, ""
        before, colon, log_format = path.rpartition(":")
        if colon and "/" not in log_format and not Path(path).exists():
            path = before
        else:
            log_format = ""
        if not path:
            raise KhienError("sensor.invalid_input", value=text, option=option, reason="no path")
        return cls(Path(path), log_format or None, host or None)


@dataclass(frozen=True, slots=True)
class SyslogInput:
    """A port where syslog is received; only what is declared is opened."""

    protocol: Literal["udp", "tcp"]
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """`udp:PORT`, `tcp:PORT`, `udp:ADDRESS:PORT`, `tcp:[IPV6]:PORT`; without an address on this machine only."""
        protocol, _, rest = text.partition(":")
        host, _, port = rest.rpartition(":")
        if protocol not in {"udp", "tcp"}:
            raise KhienError("sensor.invalid_input", value=text, option="--syslog", reason="neither udp nor tcp")
        if not port.isascii() or not port.isdigit() or int(port) > _LARGEST_PORT:
            raise KhienError("sensor.invalid_input", value=text, option="--syslog", reason="no port")
        address = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
        return cls("udp" if protocol == "udp" else "tcp", address, int(port))


@dataclass(frozen=True, slots=True)
class SensorSettings:
    """Everything `run_sensor` needs. `folder` holds spool, rejects and status; `certificate` a folder or its `identity.pem`."""

    name: SensorName
    folder: Path
    server: str
    certificate: Path
    dataset: Dataset
    interfaces: tuple[str, ...] = ()
    logs: tuple[FileInput, ...] = ()
    recorded: tuple[FileInput, ...] = ()
    syslog: tuple[SyslogInput, ...] = ()
    is_once: bool = False
    year: int | None = None
    utc_offset_minutes: int = VIETNAM_MINUTES
    user: str | None = None
    quota_bytes: int = DEFAULT_QUOTA_BYTES
    keep_seconds: float = KEEP_SECONDS
    keep_bytes: int = KEEP_BYTES

    @classmethod
    def parse(  # noqa: PLR0913 - one argument an option of the command line
        cls,
        *,
        name: str,
        folder: Path,
        server: str,
        certificate: Path,
        dataset: str = "live",
        interfaces: tuple[str, ...] = (),
        logs: tuple[str, ...] = (),
        recorded: tuple[str, ...] = (),
        syslog: tuple[str, ...] = (),
        is_once: bool = False,
        year: int | None = None,
        utc_offset_minutes: int = VIETNAM_MINUTES,
        user: str | None = None,
    ) -> Self:
        """The settings of these words. Raises `sensor.no_input` and `sensor.invalid_input`."""
        if not (interfaces or logs or recorded or syslog):
            raise KhienError("sensor.no_input")
        if not server.startswith("https://"):
            raise KhienError("sensor.invalid_input", value=server, option="--server", reason="it must begin with https://")
        if not -_DAY_MINUTES < utc_offset_minutes < _DAY_MINUTES:
            reason = "it must be less than a day of minutes, -1439 to 1439"
            raise KhienError("sensor.invalid_input", value=str(utc_offset_minutes), option="--utc-offset", reason=reason)
        return cls(
            name=_parsed(SensorName.parse, name, option="--name"),
            folder=folder,
            server=server,
            certificate=certificate,
            dataset=_parsed(Dataset.parse, dataset, option="--dataset"),
            interfaces=interfaces,
            logs=tuple(FileInput.parse(text, option="--log") for text in logs),
            recorded=tuple(FileInput.parse(text, option="--read") for text in recorded),
            syslog=tuple(map(SyslogInput.parse, syslog)),
            is_once=is_once,
            year=year,
            utc_offset_minutes=utc_offset_minutes,
            user=user,
        )


def _parsed(parse: Callable[[str], _Parsed], text: str, *, option: str) -> _Parsed:
    try:
        return parse(text)
    except ValueError as error:
        raise KhienError("sensor.invalid_input", value=text, option=option, reason=str(error)) from error
