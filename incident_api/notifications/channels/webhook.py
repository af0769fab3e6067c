"""Signed webhooks: a POST of JSON to a host that is on the list, at an address that was looked at after resolving.

`Khien-Signature: t=<seconds>,v1=<HMAC-SHA256 of "t.body">`; `Khien-Key` is the same in every repeat. No redirects, bounded in time
and size (OWASP API7:2023). A gateway for chat, voice or SMS is a webhook that carries that kind.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import orjson
from pydantic import Field, model_validator

from incident_api.notifications.channels.channel import Channel, ChannelSettings, Message, NotTaken, Taken, read_secret, trust
from incident_api.organisation.parts import ChannelKind
from khien.clock import MICROSECONDS, Clock

_ANSWER_BYTES = 64 * 1024
_ADDRESSES_MOST = 8
_OK = range(200, 300)
_LATER = frozenset({408, 409, 421, 425, 429})
_ERRORS = range(500, 600)
Host = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]


class WebhookSettings(ChannelSettings):
    """Receivers. Only `hosts`; addresses of the Internet, and of our own networks only those in `networks`."""

    type: Literal["webhook"]
    hosts: Annotated[tuple[Host, ...], Field(min_length=1, max_length=50)]
    networks: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    secret_file: str
    authority: str | None = None
    #: A gateway's own address; then telephone numbers and chat names are in the document.
    url: Annotated[str | None, Field(max_length=500)] = None
    carries: tuple[ChannelKind, ...] = ("webhook",)
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        for network in self.networks:
            ipaddress.ip_network(network)
        if self.url is not None and urlsplit(self.url).hostname not in self.hosts:
            raise ValueError("`url` is not at one of `hosts`")
        if self.url is None and self.carries != ("webhook",):
            raise ValueError("a gateway that carries another kind needs its `url`")
        return self

    @property
    def serves(self) -> tuple[ChannelKind, ...]:
        """Addresses of webhooks, or what the gateway carries."""
        return self.carries

    def check(self, home: Path) -> None:
        """Secret and authority."""
        read_secret(home, self.secret_file)
        trust(home, self.authority)

    def open(self, *, home: Path, domain: str, clock: Clock) -> Channel:
        """The channel."""
        _unused = domain
        return Webhook(self, home=home, clock=clock)


class Webhook:
    """A connection for each message: nothing is kept open to a host that others run."""

    def __init__(self, settings: WebhookSettings, *, home: Path, clock: Clock) -> None:
        self._settings = settings
        self._home = home
        self._clock = clock

    def send(self, message: Message, *, address: str) -> Taken:
        """POST a message."""
        url = self._settings.url or address
        host, port, path = self._place(url)
        body = document(message, to=None if self._settings.url is None else address)
        headers = self._headers(body, key=message.key)
        status, reason = self._post(host, port, path, body=body, headers=headers)
        if status in _OK:
            return Taken(reference=str(status))
        answer = f"{status} {reason}"
        raise NotTaken(answer, is_final=status not in _LATER and status not in _ERRORS)

    def close(self) -> None:
        """Nothing is open."""

    def _headers(self, body: bytes, *, key: str) -> dict[str, str]:
        seconds = self._clock.now_us() // MICROSECONDS
        secret = read_secret(self._home, self._settings.secret_file).encode()
        return {
            "Content-Type": "application/json",
            "User-Agent": "khien",
            "Khien-Key": key,
            "Khien-Signature": f"t={seconds},v1={signature(body, secret=secret, seconds=seconds)}",
        }

    def _place(self, url: str) -> tuple[str, int, str]:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port or 443
        except ValueError as error:
            raise NotTaken("not an address", is_final=True) from error
        if parts.scheme != "https" or host is None or parts.username is not None or not url.isascii() or not url.isprintable():
            raise NotTaken("only https without a user", is_final=True)
        if host not in self._settings.hosts:
            raise NotTaken("the host is not on the list", is_final=True)
        if " " in url:
            raise NotTaken("not an address", is_final=True)
        return host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _resolved(self, host: str, port: int) -> list[str]:
        """The addresses of a host that may be called. One that may not is not replaced by another: the name is not trusted then."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            reason = f"{host}: {error.strerror or error}"
            raise NotTaken(reason) from error
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))[:_ADDRESSES_MOST]
        for address in addresses:
            if not self._may_call(address):
                reason = f"{host} leads to {address}, which may not be called"
                raise NotTaken(reason, is_final=True)
        return addresses

    def _may_call(self, address: str) -> bool:
        ip = ipaddress.ip_address(address.partition("%")[0])
        mapped = getattr(ip, "ipv4_mapped", None)
        ip = mapped or ip
        networks = [ipaddress.ip_network(each) for each in self._settings.networks]
        if any(ip in network for network in networks if network.version == ip.version):
            return True
        return ip.is_global and not ip.is_multicast

    def _post(self, host: str, port: int, path: str, *, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        failure = NotTaken(f"{host}: no address")
        for address in self._resolved(host, port):
            connection = _Connection(host, port, address=address, trust=self._trust(), seconds=self._settings.timeout_seconds)
            timer = threading.Timer(self._settings.timeout_seconds, connection.cut)
            timer.daemon = True
            timer.start()
            try:
                connection.request("POST", path, body=body, headers=headers)
                answer = connection.getresponse()
                answer.read(_ANSWER_BYTES)
            except TimeoutError:
                failure = NotTaken("no answer in time")
            except ssl.SSLError as error:
                failure = NotTaken(f"TLS: {error.reason or error}")
            except (OSError, http.client.HTTPException) as error:
                failure = NotTaken(f"connection: {type(error).__name__}")
            else:
                return answer.status, "".join(each for each in answer.reason if each.isprintable())[:80]
            finally:
                timer.cancel()
                connection.close()
        raise failure

    def _trust(self) -> ssl.SSLContext:
        return trust(self._home, self._settings.authority)


class _Connection(http.client.HTTPSConnection):
    """HTTPS to the address that was looked at, with the certificate of the name that was asked for."""

    def __init__(self, host: str, port: int, *, address: str, trust: ssl.SSLContext, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds, context=trust)
        self._address = address
        self._trust = trust
        self._plain: socket.socket | None = None

    def connect(self) -> None:
        """Never resolves again: a name that changes its mind between look and call changes nothing."""
        self._plain = socket.create_connection((self._address, self.port), timeout=self.timeout)
        self.sock = self._trust.wrap_socket(self._plain, server_hostname=self.host)

    def cut(self) -> None:
        """The time is up, however the other side fills it."""
        with suppress(OSError):
            found = self.sock or self._plain
            if found is not None:
                socket.socket.shutdown(found, socket.SHUT_RDWR)


def signature(body: bytes, *, secret: bytes, seconds: int) -> str:
    """What a receiver reckons again and compares; a `t` older than five minutes it refuses."""
    return hmac.new(secret, b"%d." % seconds + body, hashlib.sha256).hexdigest()


def document(message: Message, *, to: str | None) -> bytes:
    """The message for a machine."""
    found: dict[str, object] = {
        "key": message.key,
        "recipient": message.recipient,
        "urgency": message.urgency,
        "tlp": message.tlp,
        "subject": message.subject,
        "text": message.text,
        "short": message.short,
        "notices": [
            {
                "id": item.id,
                "subject": item.subject,
                "kind": item.template,
                "tlp": item.tlp,
                "made_us": item.made_us,
                "title": item.title,
                "values": item.values,
            }
            for item in message.items
        ],
    }
    if to is not None:
        found["to"] = to
    return orjson.dumps(found)
