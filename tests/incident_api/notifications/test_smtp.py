"""Mail against a real server: refusals, grey-listing, silence, TLS that cannot be trusted, and hostile words."""

from __future__ import annotations

import datetime as dt
import email
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from incident_api.notifications.channels.channel import Message, NotTaken
from incident_api.notifications.channels.smtp import Smtp, SmtpSettings
from khien.clock import ManualClock

MESSAGE = Message(
    key="0123456789abcdef0123456789abcdef",
    recipient="irt.analyst.2",
    name="Chuyên viên phân tích 2",
    language="vi",
    subject="[TLP:AMBER] Cảnh báo 17",
    text="Đề nghị tiếp nhận.\n",
    short="Khiên: 17",
    tlp="AMBER",
    urgency="high",
    items=(),
)
ADDRESS = "irt.analyst.2@bensen.example"


class Mailbox:
    """A server that keeps mails; `answers` are given to RCPT or DATA first."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.on_rcpt: list[str] = []
        self.on_data: list[str] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.on_rcpt:
            return self.on_rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(email.message_from_bytes(envelope.content, policy=SMTP))
        self.recipients += envelope.rcpt_tos
        return self.on_data.pop(0) if self.on_data else "250 OK"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Controller]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def channel(port: int, clock: ManualClock, folder: Path, **changed: Any) -> Smtp:
    given = {
        "type": "smtp",
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "khien@bensen.example",
        "timeout_seconds": 2.0,
    }
    return Smtp(SmtpSettings.model_validate(given | changed), home=folder, domain="bensen.example", clock=clock)


def test_a_mail_arrives_with_the_key_as_its_message_id(
    server: Controller, mailbox: Mailbox, clock: ManualClock, tmp_path: Path
) -> None:
    mail = channel(server.port, clock, tmp_path)
    mail.send(MESSAGE, address=ADDRESS)
    mail.send(MESSAGE, address=ADDRESS)
    mail.close()
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"] == f"<{MESSAGE.key}@bensen.example>"
    assert (first["Subject"], first["X-Khien-TLP"], first["Auto-Submitted"]) == (MESSAGE.subject, "AMBER", "auto-generated")
    assert first["To"] == f"Chuyên viên phân tích 2 <{ADDRESS}>"
    assert first.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert mailbox.recipients == [ADDRESS, ADDRESS]


@pytest.mark.parametrize(
    ("answer", "is_final"),
    [
        ("451 4.7.1 Greylisted, please come back later", False),
        ("450 4.2.1 Mailbox busy", False),
        ("550 5.1.1 No such user", True),
        ("552 5.2.2 Mailbox full", True),
    ],
)
def test_an_answer_of_the_server_is_final_or_not_by_its_first_digit(
    server: Controller, mailbox: Mailbox, clock: ManualClock, tmp_path: Path, *, answer: str, is_final: bool
) -> None:
    mail = channel(server.port, clock, tmp_path)
    for stage in (mailbox.on_rcpt, mailbox.on_data):
        stage.append(answer)
        with pytest.raises(NotTaken) as refused:
            mail.send(MESSAGE, address=ADDRESS)
        assert (refused.value.is_final, refused.value.reason) == (is_final, answer)
    mail.send(MESSAGE, address=ADDRESS)
    mail.close()
    assert mailbox.mails[-1]["Message-ID"] == mailbox.mails[0]["Message-ID"]


def test_a_server_that_hangs_or_drips_is_given_up_in_bounded_time(clock: ManualClock, tmp_path: Path) -> None:
    for says in (b"", b"2"):
        with socket.create_server(("127.0.0.1", 0)) as listener, closing(_dripping(listener, says)):
            mail = channel(listener.getsockname()[1], clock, tmp_path, timeout_seconds=0.3)
            with pytest.raises(NotTaken) as refused:
                mail.send(MESSAGE, address=ADDRESS)
            assert not refused.value.is_final


def test_nobody_listening_is_tried_again(clock: ManualClock, tmp_path: Path) -> None:
    with pytest.raises(NotTaken) as refused:
        channel(free_port(), clock, tmp_path).send(MESSAGE, address=ADDRESS)
    assert not refused.value.is_final


@pytest.mark.parametrize(
    "hostile",
    [
        {"subject": "a\r\nBcc: enemy@evil.example"},
        {"subject": "a\nX: y"},
        {"name": 'x" <enemy@evil.example>, "y'},
        {"name": "a\r\nBcc: enemy@evil.example"},
        {"text": "a\r\n.\r\nMAIL FROM:<enemy@evil.example>\r\n"},
    ],
)
def test_hostile_words_begin_no_header_and_no_command(
    server: Controller, mailbox: Mailbox, clock: ManualClock, tmp_path: Path, hostile: dict[str, str]
) -> None:
    mail = channel(server.port, clock, tmp_path)
    with suppress(NotTaken):
        mail.send(replace(MESSAGE, **hostile), address=ADDRESS)  # type: ignore[arg-type]
    mail.close()
    assert len(mailbox.mails) <= 1
    for found in mailbox.mails:
        assert (found["Bcc"], found["X"]) == (None, None)
        assert [each.addr_spec for each in found["To"].addresses] == [ADDRESS]
    assert set(mailbox.recipients) <= {ADDRESS}


@pytest.mark.parametrize("address", ["a b@c", "x@y\r\nRCPT TO:<z@evil.example>", "", "@", "a@b,c@d"])
def test_what_is_no_address_is_refused_at_once(
    server: Controller, mailbox: Mailbox, clock: ManualClock, tmp_path: Path, address: str
) -> None:
    with pytest.raises(NotTaken) as refused:
        channel(server.port, clock, tmp_path).send(MESSAGE, address=address)
    assert (refused.value.is_final, mailbox.recipients) == (True, [])


def test_a_certificate_that_is_not_trusted_or_not_of_this_host_gets_no_mail(
    mailbox: Mailbox, clock: ManualClock, tmp_path: Path
) -> None:
    _certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), tls_context=context, require_starttls=True)
    controller.start()
    try:
        untrusted = channel(controller.port, clock, tmp_path, security="starttls")
        with pytest.raises(NotTaken):
            untrusted.send(MESSAGE, address=ADDRESS)
        other_name = channel(controller.port, clock, tmp_path, security="starttls", authority="certificate.pem")
        with pytest.raises(NotTaken):
            other_name.send(MESSAGE, address=ADDRESS)
        assert mailbox.mails == []
        trusted = channel(controller.port, clock, tmp_path, host="localhost", security="starttls", authority="certificate.pem")
        trusted.send(MESSAGE, address=ADDRESS)
        trusted.close()
        assert len(mailbox.mails) == 1
    finally:
        controller.stop()


def test_a_server_without_starttls_gets_no_mail(server: Controller, mailbox: Mailbox, clock: ManualClock, tmp_path: Path) -> None:
    with pytest.raises(NotTaken):
        channel(server.port, clock, tmp_path, security="starttls").send(MESSAGE, address=ADDRESS)
    assert mailbox.mails == []


class _Dripping:
    def __init__(self, listener: socket.socket, says: bytes) -> None:
        self._listener, self._says, self._stop = listener, says, threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            while not self._stop.wait(0.1):
                try:
                    connection.sendall(self._says)
                except OSError:
                    return

    def close(self) -> None:
        self._stop.set()
        self._thread.join()


def _dripping(listener: socket.socket, says: bytes) -> _Dripping:
    return _Dripping(listener, says)


def _certificate(folder: Path, name: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(tz=dt.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "127.0.0.1":
        names = [x509.IPAddress(ipaddress.ip_address(name))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
