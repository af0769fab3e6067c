"""Notices upward to a centre: syslog (RFC 5424) or CEF over TLS (RFC 5425), TCP (RFC 6587) or UDP (RFC 5426).

Each notice is one message. Nothing in a value ends a message, begins another or another field. TLS and TCP say only that the other
side's machine took the octets; UDP says nothing at all, so a notice by UDP is `sent` and no more.
"""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from incident_api.notifications.channels.channel import Channel, ChannelSettings, Item, Message, NotTaken, Taken, trust
from incident_api.organisation.parts import ChannelKind
from khien.clock import MICROSECONDS, Clock

#: Facility 13, log audit; RFC 5424, section 6.2.1.
_FACILITY = 13
_SEVERITIES = {"M1": 2, "high": 3, "normal": 5}
_CEF_SEVERITIES = {"M1": 10, "high": 7, "normal": 4}
#: The private enterprise number for documentation (RFC 5612): the city puts in its own.
_ENTERPRISE = 32473
_UDP_BYTES = 1400
_LONGEST_BYTES = 8000
_TITLE_CHARACTERS = 200
_VERSION = "1"


class SyslogSettings(ChannelSettings):
    """A collector. Contacts name it by any address of kind `syslog`."""

    type: Literal["syslog"]
    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65_535)] = 6514
    transport: Literal["tls", "tcp", "udp"] = "tls"
    format: Literal["rfc5424", "cef"] = "rfc5424"
    authority: str | None = None
    #: Our own certificate and key, when the collector asks for one.
    certificate: str | None = None
    key: str | None = None
    enterprise: Annotated[int, Field(ge=1, le=2**31)] = _ENTERPRISE
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0

    @property
    def serves(self) -> tuple[ChannelKind, ...]:
        """Collectors."""
        return ("syslog",)

    def check(self, home: Path) -> None:
        """The certificates."""
        trust(home, self.authority)

    def open(self, *, home: Path, domain: str, clock: Clock) -> Channel:
        """The channel."""
        return Syslog(self, home=home, domain=domain, clock=clock)


class Syslog:
    """One connection, kept; a broken one is opened again with the next message."""

    def __init__(self, settings: SyslogSettings, *, home: Path, domain: str, clock: Clock) -> None:
        self._settings = settings
        self._home = home
        self._domain = domain
        self._clock = clock
        self._socket: socket.socket | None = None

    def send(self, message: Message, *, address: str) -> Taken:
        """One syslog message for each notice; a repeat sends all of them again with the same ids."""
        _unused = address
        lines = [self.line(message, item) for item in message.items]
        try:
            connection = self._socket or self._connect()
            if self._settings.transport != "udp" and _is_gone(connection):
                self.close()
                connection = self._connect()
            for line in lines:
                self._put(connection, line)
        except TimeoutError as error:
            self.close()
            raise NotTaken("no answer in time") from error
        except ssl.SSLError as error:
            self.close()
            reason = f"TLS: {error.reason or error}"
            raise NotTaken(reason) from error
        except OSError as error:
            self.close()
            reason = f"connection: {error.strerror or error}"
            raise NotTaken(reason) from error
        return Taken(reference=message.key)

    def close(self) -> None:
        """Let go."""
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()

    def line(self, message: Message, item: Item) -> bytes:
        """The syslog message of a notice (RFC 5424, section 6)."""
        moment = dt.datetime.fromtimestamp(item.made_us / MICROSECONDS, tz=dt.UTC)
        stamp = moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
        priority = _FACILITY * 8 + _SEVERITIES.get(item.urgency, 5)
        head = f"<{priority}>1 {stamp} {_token(self._domain, most=255)} khien - {_token(item.template, most=32)} "
        most = _UDP_BYTES if self._settings.transport == "udp" else _LONGEST_BYTES
        whole = self._written(head, message, item)
        # What does not fit goes without its values, and says so: a message cut anywhere would not be one.
        return whole if len(whole) <= most else self._written(head, message, replace(item, values={"truncated": "yes"}, text=""))

    def _written(self, head: str, message: Message, item: Item) -> bytes:
        title = _one_line(item.title)[:_TITLE_CHARACTERS]
        if self._settings.format == "cef":
            return f"{head}- {cef(message, replace(item, title=title))}".encode("utf-8", "replace")
        return f"{head}{_structured(message, item, self._settings.enterprise)} \ufeff{title}".encode("utf-8", "replace")

    def _put(self, connection: socket.socket, line: bytes) -> None:
        if self._settings.transport == "udp":
            connection.send(line)
        else:
            # Octet counting (RFC 6587, section 3.4.1; RFC 5425, section 4.3): a line feed inside ends nothing.
            connection.sendall(b"%d " % len(line) + line)

    def _connect(self) -> socket.socket:
        given = self._settings
        if given.transport == "udp":
            family, _, _, _, where = socket.getaddrinfo(given.host, given.port, type=socket.SOCK_DGRAM)[0]
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
            self._socket.connect(where)
            return self._socket
        plain = socket.create_connection((given.host, given.port), timeout=given.timeout_seconds)
        self._socket = plain
        if given.transport == "tls":
            context = trust(self._home, given.authority)
            if given.certificate is not None:
                key = None if given.key is None else str(self._home / given.key)
                context.load_cert_chain(str(self._home / given.certificate), key)
            self._socket = context.wrap_socket(plain, server_hostname=given.host)
        return self._socket


def cef(message: Message, item: Item) -> str:
    r"""ArcSight Common Event Format, version 0: header with `\` and `|` escaped, extension with `\`, `=` and line ends escaped."""
    header = "|".join(
        _cef_header(each)
        for each in ("Khien", "Khien", _VERSION, item.template, item.title, str(_CEF_SEVERITIES.get(item.urgency, 4)))
    )
    fields = {
        "externalId": str(item.id),
        "rt": str(item.made_us // 1000),
        "msg": item.text,
        "cs1Label": "subject",
        "cs1": item.subject,
        "cs2Label": "tlp",
        "cs2": item.tlp,
        "cs3Label": "key",
        "cs3": message.key,
    }
    return f"CEF:0|{header}|" + " ".join(f"{name}={_cef_value(value)}" for name, value in fields.items())


def _structured(message: Message, item: Item, enterprise: int) -> str:
    r"""One element (section 6.3): `"`, `\` and `]` escaped."""
    given = {"id": str(item.id), "subject": item.subject, "tlp": item.tlp, "key": message.key}
    values = given | {f"v-{_name(name)}": value for name, value in item.values.items()}
    parameters = " ".join(f'{name}="{_parameter(value)}"' for name, value in values.items())
    return f"[notice@{enterprise} {parameters}]"


def _parameter(value: str) -> str:
    return _one_line(value).replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def _name(name: str) -> str:
    return "".join(each for each in name if each.isascii() and (each.isalnum() or each in "_-"))[:28] or "x"


def _token(text: str, *, most: int) -> str:
    return "".join(each for each in text if "!" <= each <= "~")[:most] or "-"


def _cef_header(text: str) -> str:
    return _one_line(text).replace("\\", "\\\\").replace("|", "\\|")


def _cef_value(text: str) -> str:
    lines = "\n".join(_one_line(line) for line in text.splitlines())
    return lines.replace("\\", "\\\\").replace("=", "\\=").replace("\n", "\\n")


def _one_line(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)


def _is_gone(connection: socket.socket) -> bool:
    """Whether the other side has hung up: it never says anything else."""
    before = connection.gettimeout()
    try:
        connection.settimeout(0.0)
        return connection.recv(1) == b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    finally:
        with suppress(OSError):
            connection.settimeout(before)
