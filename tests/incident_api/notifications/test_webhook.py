"""Webhooks: signed, only to hosts on the list at addresses that may be called, no redirects, bounded in time and size."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from incident_api.notifications.channels.channel import NotTaken
from incident_api.notifications.channels.webhook import Webhook, WebhookSettings
from khien.clock import MICROSECONDS, ManualClock
from tests.incident_api.notifications.test_smtp import MESSAGE, _certificate

SECRET = "a secret of the receiver"


class Receiver:
    def __init__(self, folder: Path) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answer: tuple[int, dict[str, str]] = (204, {})
        self.drips = False
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                status, headers = receiver.answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                while receiver.drips:
                    try:
                        self.wfile.write(b"x" * 1024)
                    except OSError:
                        return

            def log_message(self, *_given: Any) -> None:
                """Silent."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def stop(self) -> None:
        self.drips = False
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    _certificate(tmp_path, "localhost")
    made = Receiver(tmp_path)
    yield made
    made.stop()


def channel(clock: ManualClock, folder: Path, **changed: Any) -> Webhook:
    (folder / "secret").write_text(SECRET)
    (folder / "secret").chmod(0o600)
    given: dict[str, Any] = {
        "type": "webhook",
        "hosts": ["localhost"],
        "networks": ["127.0.0.0/8", "::1/128"],
        "secret_file": "secret",
        "authority": "certificate.pem",
        "timeout_seconds": 2.0,
    }
    return Webhook(WebhookSettings.model_validate(given | changed), home=folder, clock=clock)


def refusal(hook: Webhook, address: str) -> NotTaken:
    with pytest.raises(NotTaken) as refused:
        hook.send(MESSAGE, address=address)
    return refused.value


def test_the_receiver_can_reckon_the_signature_again(receiver: Receiver, clock: ManualClock, tmp_path: Path) -> None:
    channel(clock, tmp_path).send(MESSAGE, address=f"https://localhost:{receiver.port}/khien?x=1")
    ((headers, body),) = receiver.got
    seconds = clock.now_us() // MICROSECONDS
    digest = hmac.new(SECRET.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["Khien-Signature"] == f"t={seconds},v1={digest}"
    assert headers["Khien-Key"] == json.loads(body)["key"] == MESSAGE.key


@pytest.mark.parametrize(
    ("status", "is_final"),
    [(302, True), (400, True), (401, True), (404, True), (408, False), (429, False), (500, False), (503, False)],
)
def test_an_answer_is_final_or_tried_again(
    receiver: Receiver, clock: ManualClock, tmp_path: Path, status: int, *, is_final: bool
) -> None:
    receiver.answer = (status, {"Location": f"https://localhost:{receiver.port}/elsewhere"})
    assert refusal(channel(clock, tmp_path), f"https://localhost:{receiver.port}/").is_final is is_final
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "http://localhost/",
        "https://user@localhost/",
        "https://localhost\r\nX: y/",
        "https://localhost/\r\nX: y",
        "https://localhost:99999/",
        "https://[::1/",
        "file:///etc/passwd",
        "https://localhost.evil.example/",
        "https://localhost/ x",
        "",
    ],
)
def test_what_is_not_on_the_list_is_not_called(receiver: Receiver, clock: ManualClock, tmp_path: Path, address: str) -> None:
    assert refusal(channel(clock, tmp_path), address).is_final
    assert receiver.got == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "169.254.169.254", "10.0.0.1", "192.168.1.1", "0.0.0.0", "::1", "fe80::1", "::ffff:10.0.0.1", "224.0.0.1"],
)
def test_a_name_that_leads_inside_is_not_called(
    receiver: Receiver, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    def leads(*_given: Any, **_named: Any) -> list[Any]:
        return [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", (address, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", leads)
    refused = refusal(channel(clock, tmp_path, networks=[]), f"https://localhost:{receiver.port}/")
    assert refused.is_final
    assert address in refused.reason


def test_a_certificate_of_somebody_else_gets_nothing(receiver: Receiver, clock: ManualClock, tmp_path: Path) -> None:
    hook = channel(clock, tmp_path, hosts=["localhost"], authority=None)
    assert not refusal(hook, f"https://localhost:{receiver.port}/").is_final
    assert receiver.got == []


def test_an_answer_without_end_ends(receiver: Receiver, clock: ManualClock, tmp_path: Path) -> None:
    receiver.drips = True
    channel(clock, tmp_path).send(MESSAGE, address=f"https://localhost:{receiver.port}/")
    assert len(receiver.got) == 1


def test_a_receiver_that_hangs_is_given_up(clock: ManualClock, tmp_path: Path) -> None:
    _certificate(tmp_path, "localhost")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hook = channel(clock, tmp_path, timeout_seconds=0.3)
        assert not refusal(hook, f"https://localhost:{listener.getsockname()[1]}/").is_final


def test_a_gateway_gets_the_number_in_the_document(receiver: Receiver, clock: ManualClock, tmp_path: Path) -> None:
    hook = channel(clock, tmp_path, url=f"https://localhost:{receiver.port}/call", carries=["voice"])
    hook.send(MESSAGE, address="+84912345678")
    assert json.loads(receiver.got[0][1])["to"] == "+84912345678"
