"""Mutual TLS with real sockets: who is let in, and where the name comes from."""

from __future__ import annotations

import datetime as dt
import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from khien.certificates import CertificateAuthority, Identity
from khien.clock import ManualClock, SystemClock
from khien.errors import KhienError
from khien.listener import ThreadedServer, listener_config, peer_of
from khien.tls import client_context, load_identity, server_context

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope


async def say_who(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answer with the peer's name as JSON."""
    assert scope["type"] == "http"
    await receive()
    peer = peer_of(scope)
    body = json.dumps(None if peer is None else [peer.kind, peer.city, peer.name]).encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))], "trailers": False}
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    return CertificateAuthority(tmp_path_factory.mktemp("ca"), city="hue")


@pytest.fixture(scope="module")
def ingest(authority: CertificateAuthority) -> Iterator[ThreadedServer]:
    context = server_context(authority.issue_server("ingest"), clients="required")
    with ThreadedServer(listener_config(say_who, context=context)) as server:
        yield server


def ask(server: ThreadedServer, context: ssl.SSLContext, **headers: str) -> object:
    with httpx.Client(verify=context, timeout=5, trust_env=False) as client:
        return client.get(server.url, headers=headers).raise_for_status().json()


def test_the_peers_name_is_the_certificates(authority: CertificateAuthority, ingest: ThreadedServer) -> None:
    assert ask(ingest, client_context(authority.issue_sensor("gateway"))) == ["sensor", "hue", "gateway"]


def test_a_forged_header_changes_nothing(authority: CertificateAuthority, ingest: ThreadedServer) -> None:
    forged = {
        "X-Client-Cert": "spiffe://khien/hue/sensor/other",
        "X-Forwarded-Client-Cert": "URI=spiffe://khien/hue/sensor/other",
        "X-Forwarded-For": "192.0.2.9",
        "khien_peer": "other",
    }
    assert ask(ingest, client_context(authority.issue_sensor("gateway")), **forged) == ["sensor", "hue", "gateway"]


def test_a_client_without_a_certificate_is_refused(authority: CertificateAuthority, ingest: ThreadedServer) -> None:
    context = ssl.create_default_context(cafile=str(authority.authority))
    with pytest.raises(httpx.TransportError):
        ask(ingest, context)


def test_a_client_of_another_ca_is_refused(tmp_path: Path, authority: CertificateAuthority, ingest: ThreadedServer) -> None:
    stranger = CertificateAuthority(tmp_path / "ca", city="hue").issue_sensor("gateway")
    context = client_context(Identity(stranger.certificate, authority.authority))
    with pytest.raises(httpx.TransportError):
        ask(ingest, context)


def test_a_client_does_not_talk_to_a_server_of_another_ca(tmp_path: Path, ingest: ThreadedServer) -> None:
    stranger = CertificateAuthority(tmp_path / "ca", city="hue")
    with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
        ask(ingest, client_context(stranger.issue_sensor("gateway")))


def test_a_server_certificate_cannot_play_the_client(authority: CertificateAuthority, ingest: ThreadedServer) -> None:
    with pytest.raises(httpx.TransportError):
        ask(ingest, client_context(authority.issue_server("ingest")))


def test_a_sensor_certificate_cannot_play_the_server(authority: CertificateAuthority) -> None:
    context = server_context(authority.issue_sensor("gateway"), clients="required")
    with (
        ThreadedServer(listener_config(say_who, context=context)) as server,
        pytest.raises(httpx.ConnectError, match="certificate verify failed"),
    ):
        ask(server, client_context(authority.issue_sensor("gateway")))


def test_an_expired_certificate_is_refused(tmp_path: Path) -> None:
    now_us = SystemClock().now_us()
    authority = CertificateAuthority(tmp_path / "ca", city="hue", clock=ManualClock(now_us - 8 * 86_400_000_000))
    expired = authority.issue_sensor("gateway")
    context = server_context(authority.issue_server("ingest"), clients="required")
    with ThreadedServer(listener_config(say_who, context=context)) as server, pytest.raises(httpx.TransportError):
        ask(server, client_context(expired))


def test_machines_speak_tls_1_3_only(authority: CertificateAuthority, ingest: ThreadedServer) -> None:
    context = client_context(authority.issue_sensor("gateway"))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(httpx.ConnectError):
        ask(ingest, context)


def test_a_browser_needs_no_certificate_and_has_no_peer(authority: CertificateAuthority) -> None:
    context = server_context(authority.issue_server("page"), clients="none")
    with ThreadedServer(listener_config(say_who, context=context)) as server:
        assert ask(server, ssl.create_default_context(cafile=str(authority.authority))) is None


def test_a_renewed_server_certificate_is_shown_without_a_restart(tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path / "ca", city="hue")
    identity = authority.issue_server("ingest")
    context = server_context(identity, clients="none")

    def serial(server: ThreadedServer) -> int:
        trusting = ssl.create_default_context(cafile=str(authority.authority))
        with (
            socket.create_connection((server.host, server.port), timeout=5) as plain,
            trusting.wrap_socket(plain, server_hostname="localhost") as connection,
        ):
            found = connection.getpeercert()
            assert found is not None
            return int(str(found["serialNumber"]), 16)

    with ThreadedServer(listener_config(say_who, context=context)) as server:
        before = serial(server)
        assert before == identity.read().serial_number
        load_identity(context, authority.issue_server("ingest", names=["192.0.2.7"], life=dt.timedelta(days=1)))
        assert serial(server) == identity.read().serial_number != before


def test_a_folder_without_a_key_gives_one_clear_error(tmp_path: Path, authority: CertificateAuthority) -> None:
    issued = authority.issue_sensor("gateway")
    public = tmp_path / "identity.pem"
    public.write_bytes(issued.certificate.read_bytes().partition(b"-----END PRIVATE KEY-----\n")[2])
    with pytest.raises(KhienError) as caught:
        client_context(Identity(public, issued.authority))
    assert caught.value.code == "certificate.unreadable"
