"""Mail (RFC 5321, RFC 5322): submission to the city's own server, TLS verified, bounded in time.

Every repeat carries the Message-ID of the first attempt, so that a mailbox shows it once. An answer 5yz is final, 4yz (grey-listing
among them), silence and a broken connection are tried again.
"""

from __future__ import annotations

import datetime as dt
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from incident_api.notifications.channels.channel import Channel, ChannelSettings, Message, NotTaken, Taken, read_secret, trust
from incident_api.organisation.parts import ChannelKind
from khien.clock import MICROSECONDS, Clock

#: A connection that was idle longer is opened anew.
_IDLE_US = 20 * MICROSECONDS
_FINAL = range(500, 600)
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class SmtpSettings(ChannelSettings):
    """A mail server. `security: none` only for a server on this machine."""

    type: Literal["smtp"]
    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    #: A PEM file with the certificates that are trusted instead of the system's.
    authority: str | None = None
    user: str | None = None
    password_file: str | None = None
    sender: Annotated[str, Field(pattern=r"^[^\s@<>]+@[^\s@<>]+$", max_length=254)]
    #: For one answer of the server; the whole message may take three times that.
    timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 20.0

    @model_validator(mode="after")
    def _secrets_travel_encrypted(self) -> Self:
        if self.security == "none" and self.host not in _LOCAL:
            raise ValueError("`security: none` is only for a mail server on this machine")
        if (self.user is None) != (self.password_file is None):
            raise ValueError("`user` and `password_file` belong together")
        return self

    @property
    def serves(self) -> tuple[ChannelKind, ...]:
        """Mail addresses."""
        return ("mail",)

    def check(self, home: Path) -> None:
        """The files that it names."""
        if self.password_file is not None:
            read_secret(home, self.password_file)
        trust(home, self.authority)

    def open(self, *, home: Path, domain: str, clock: Clock) -> Channel:
        """The channel."""
        return Smtp(self, home=home, domain=domain, clock=clock)


class Smtp:
    """One connection, kept while there is work."""

    def __init__(self, settings: SmtpSettings, *, home: Path, domain: str, clock: Clock) -> None:
        self._settings = settings
        self._home = home
        self._domain = domain
        self._clock = clock
        self._connection: smtplib.SMTP | None = None
        self._used_us = 0

    def send(self, message: Message, *, address: str) -> Taken:
        """Hand a mail over."""
        try:
            mail = self.mail_of(message, address=address)
        except (ValueError, MessageError, IndexError) as error:
            reason = f"no mail address: {error}"
            raise NotTaken(reason, is_final=True) from error
        is_reused = self._connection is not None and self._clock.now_us() - self._used_us < _IDLE_US
        if not is_reused:
            self.close()
        try:
            return self._hand_over(mail)
        except smtplib.SMTPServerDisconnected:
            self.close()
            if not is_reused:
                raise NotTaken("the server ended the connection") from None
            return self._once_more(mail)

    def close(self) -> None:
        """Say goodbye, and do not wait for an answer."""
        connection, self._connection = self._connection, None
        if connection is not None and hasattr(connection, "sock"):
            connection.close()

    def mail_of(self, message: Message, *, address: str) -> EmailMessage:
        """The mail: plain text only. The header classes refuse what would begin another header (RFC 5322, section 2.2)."""
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._settings.sender
        mail["To"] = Address(display_name=message.name, addr_spec=address)
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(dt.datetime.fromtimestamp(self._clock.now_us() / MICROSECONDS, tz=dt.UTC))
        mail["Message-ID"] = f"<{message.key}@{self._domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Khien-TLP"] = message.tlp
        mail.set_content(message.text, subtype="plain", charset="utf-8")
        return mail

    def _once_more(self, mail: EmailMessage) -> Taken:
        try:
            return self._hand_over(mail)
        except smtplib.SMTPServerDisconnected:
            self.close()
            raise NotTaken("the server ended the connection") from None

    def _hand_over(self, mail: EmailMessage) -> Taken:
        with self._deadline(), _answers():
            try:
                (self._connection or self._connect()).send_message(mail)
            except smtplib.SMTPServerDisconnected:
                raise
            except BaseException:
                # Whatever state the conversation is in: the next message begins a new one.
                self.close()
                raise
        self._used_us = self._clock.now_us()
        return Taken(reference=str(mail["Message-ID"]))

    def _connect(self) -> smtplib.SMTP:
        given = self._settings
        context = trust(self._home, given.authority)
        if given.security == "tls":
            connection: smtplib.SMTP = _Encrypted(
                self._began, given.host, given.port, timeout=given.timeout_seconds, context=context
            )
        else:
            connection = _Plain(self._began, given.host, given.port, timeout=given.timeout_seconds)
        connection.ehlo()
        if given.security == "starttls":
            connection.starttls(context=context)
            connection.ehlo()
        if given.user is not None and given.password_file is not None:
            connection.login(given.user, read_secret(self._home, given.password_file))
        return connection

    def _began(self, connection: smtplib.SMTP) -> None:
        """Known before it connects, so that the deadline covers the greeting."""
        self._connection = connection

    @contextmanager
    def _deadline(self) -> Iterator[None]:
        """A server that answers a byte at a time is cut off: each of smtplib's time-outs is for one read only."""

        def cut() -> None:
            sock = getattr(self._connection, "sock", None)
            if sock is not None:
                # Past the TLS layer, which belongs to the thread that waits in it.
                with suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

        timer = threading.Timer(self._settings.timeout_seconds * 3, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


class _Plain(smtplib.SMTP):
    def __init__(self, began: Callable[[smtplib.SMTP], None], host: str, port: int, *, timeout: float) -> None:
        began(self)
        super().__init__(host, port, timeout=timeout)


class _Encrypted(smtplib.SMTP_SSL):
    def __init__(
        self, began: Callable[[smtplib.SMTP], None], host: str, port: int, *, timeout: float, context: ssl.SSLContext
    ) -> None:
        began(self)
        super().__init__(host, port, timeout=timeout, context=context)


@contextmanager
def _answers() -> Iterator[None]:
    """What smtplib raises, as the seam says it; never with a password in it."""
    try:
        yield
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        reason = f"{code} {_text(text)}"
        raise NotTaken(reason, is_final=code in _FINAL) from error
    except smtplib.SMTPAuthenticationError as error:
        # Somebody can mend it: not the recipient's fault, so not final.
        reason = f"log-in refused: {error.smtp_code}"
        raise NotTaken(reason) from error
    except smtplib.SMTPConnectError as error:
        reason = f"{error.smtp_code} {_text(error.smtp_error)}"
        raise NotTaken(reason) from error
    except smtplib.SMTPResponseException as error:
        reason = f"{error.smtp_code} {_text(error.smtp_error)}"
        raise NotTaken(reason, is_final=error.smtp_code in _FINAL) from error
    except smtplib.SMTPNotSupportedError as error:
        reason = f"the server does not offer it: {error}"
        raise NotTaken(reason) from error
    except ssl.SSLError as error:
        reason = f"TLS: {error.reason or error}"
        raise NotTaken(reason) from error
    except TimeoutError as error:
        raise NotTaken("no answer in time") from error
    except OSError as error:
        reason = f"connection: {error.strerror or error}"
        raise NotTaken(reason) from error


def _text(raw: bytes | str) -> str:
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    return "".join(each if each.isprintable() else " " for each in text)[:200]
