"""HTTPS delivery against the correlator's own listener and against servers that misbehave."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest

from correlator.ingest.accept import Ingest
from correlator.ingest.direct import DirectTransport
from correlator.ingest.listener import IngestListener
from khien.certificates import CertificateAuthority, Identity
from khien.clock import ManualClock, SystemClock
from khien.delivery import Batch, BatchKind, Transport
from khien.errors import KhienError
from khien.listener import ThreadedServer, listener_config
from khien.tls import server_context
from sensor.https import HttpsTransport
from tests.sensor.correlator_double import Answer, CorrelatorDouble, serving
from tests.sensor.plain_lines import plain_event


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    return CertificateAuthority(tmp_path / "ca", city="hue")


@pytest.fixture
def double(authority: CertificateAuthority) -> Iterator[tuple[CorrelatorDouble, ThreadedServer]]:
    correlator = CorrelatorDouble()
    with serving(correlator, authority) as server:
        yield correlator, server


@contextmanager
def transport(server: str, authority: CertificateAuthority, *, seconds: float = 5) -> Iterator[HttpsTransport]:
    identity = authority.issue_sensor("gateway")
    made = HttpsTransport(server, identity=identity, dataset="live", clock=SystemClock(), request_seconds=seconds)
    try:
        yield made
    finally:
        made.close()


def events(first_seq: int, *texts: str, dataset: str = "live") -> Batch:
    body = b"".join(plain_event(text) for text in texts)
    return Batch("gateway", 1, first_seq, len(texts), BatchKind.EVENTS, dataset, body)


@pytest.fixture(params=["direct", "https"])
def either(request: pytest.FixtureRequest, tmp_path: Path, authority: CertificateAuthority) -> Iterator[Transport]:
    """Both ways into the real correlator: one contract for both."""
    ingest = Ingest(tmp_path / "ingest.db", clock=SystemClock())
    if request.param == "direct":
        yield DirectTransport(ingest, sensor="gateway")
    else:
        listener = IngestListener(ingest, deny_list=authority.deny_list, datasets={})
        context = server_context(authority.issue_server("ingest"), clients="required")
        with (
            ThreadedServer(listener_config(listener.app(), context=context)) as server,
            transport(server.url, authority) as made,
        ):
            yield made
    ingest.log.close()


def test_both_transports_begin_at_zero_and_acknowledge_what_they_took(either: Transport) -> None:
    assert either.mark(1).acked_seq == 0
    ack = either.send(events(1, "a", "b"))
    assert (ack.epoch, ack.acked_seq) == (1, 2)
    assert either.mark(1).acked_seq == 2
    assert either.mark(2).acked_seq == 0


def test_both_transports_take_a_batch_once(either: Transport) -> None:
    either.send(events(1, "a", "b"))
    assert either.send(events(1, "a", "b")).acked_seq == 2
    assert either.send(events(2, "b", "c")).acked_seq == 3


def test_both_transports_name_the_expected_event_of_a_batch_too_far_ahead(either: Transport) -> None:
    either.send(events(1, "a"))
    with pytest.raises(KhienError) as caught:
        either.send(events(5, "e"))
    assert caught.value.entry.http_status == 409
    assert caught.value.params["expected"] == 2


def test_both_transports_refuse_a_body_that_is_not_the_stated_lines(either: Transport) -> None:
    with pytest.raises(KhienError) as caught:
        either.send(Batch("gateway", 1, 1, 2, BatchKind.EVENTS, "live", b"only one\n"))
    assert caught.value.entry.http_status == 400
    assert either.mark(1).acked_seq == 0


def test_both_transports_refuse_more_than_a_batch_may_hold(either: Transport) -> None:
    with pytest.raises(KhienError) as caught:
        either.send(events(1, *map(str, range(1_001))))
    assert caught.value.entry.http_status == 413


def test_both_transports_move_the_mark_over_a_gap_and_not_for_a_promise(either: Transport) -> None:
    either.send(Batch("gateway", 1, 1, 70_000, BatchKind.GAP, "live", b'{"class":"flow","reason":"quota_flow"}'))
    assert either.send(Batch("gateway", 1, 70_001, 0, BatchKind.PROMISE, "live", b'{"s":5}')).acked_seq == 70_000


def test_a_revoked_certificate_is_refused_at_the_next_batch(tmp_path: Path, authority: CertificateAuthority) -> None:
    ingest = Ingest(tmp_path / "ingest.db", clock=SystemClock())
    listener = IngestListener(ingest, deny_list=authority.deny_list, datasets={})
    context = server_context(authority.issue_server("ingest"), clients="required")
    with ThreadedServer(listener_config(listener.app(), context=context)) as server, transport(server.url, authority) as made:
        made.send(events(1, "a"))
        authority.revoke(authority.issue_sensor("gateway").peer().serial, reason="stolen")
        with pytest.raises(KhienError) as caught:
            made.send(events(2, "b"))
        assert caught.value.code == "delivery.forbidden"
        assert ingest.mark("gateway", 1).acked_seq == 1
    ingest.log.close()


def test_a_dataset_that_is_not_allowed_is_refused(tmp_path: Path, authority: CertificateAuthority) -> None:
    ingest = Ingest(tmp_path / "ingest.db", clock=SystemClock())
    listener = IngestListener(ingest, deny_list=authority.deny_list, datasets={"gateway": frozenset({"exercise:lab"})})
    context = server_context(authority.issue_server("ingest"), clients="required")
    with ThreadedServer(listener_config(listener.app(), context=context)) as server, transport(server.url, authority) as made:
        assert made.send(events(1, "a", dataset="exercise:lab")).acked_seq == 1
        with pytest.raises(KhienError) as caught:
            made.send(events(2, "b", dataset="exercise:other"))
        assert caught.value.code == "delivery.dataset_refused"
        assert "khien serve --exercise-sensor gateway=exercise:other" in caught.value.hint()
    ingest.log.close()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(409, {"expected": 7}), "delivery.out_of_order"),
        (Answer(409), "delivery.unexpected_answer"),
        (Answer(413), "delivery.too_large"),
        (Answer(400, {"detail": "line 3"}), "delivery.batch_refused"),
        (Answer(401), "delivery.forbidden"),
        (Answer(403, {"detail": "revoked"}), "delivery.forbidden"),
        (Answer(429, headers=((b"retry-after", b"7"),)), "delivery.busy"),
        (Answer(503), "delivery.busy"),
        (Answer(500), "delivery.unexpected_answer"),
        (Answer(302, headers=((b"location", b"https://elsewhere.example/"),)), "delivery.unexpected_answer"),
        (Answer(200, {"epoch": 1}), "delivery.unexpected_answer"),
        (Answer(200, {"epoch": 1, "acked_seq": -1, "time": 0}), "delivery.unexpected_answer"),
        (Answer(200, {"x": "y" * 100_000}), "delivery.unexpected_answer"),
    ],
)
def test_every_answer_has_its_error(
    double: tuple[CorrelatorDouble, ThreadedServer], authority: CertificateAuthority, answer: Answer, code: str
) -> None:
    correlator, server = double
    correlator.answers.append(answer)
    with transport(server.url, authority) as made:
        with pytest.raises(KhienError) as caught:
            made.send(events(1, "a"))
        assert caught.value.code == code
        # The transport is usable afterwards.
        assert made.send(events(1, "a")).acked_seq == 1


@pytest.mark.parametrize(("value", "seconds"), [(b"7", 7.0), (b"0", 1.0), (b"86400", 60.0), (b"soon", 1.0), (b"nan", 1.0)])
def test_retry_after_is_believed_between_one_second_and_a_minute(
    double: tuple[CorrelatorDouble, ThreadedServer], authority: CertificateAuthority, value: bytes, seconds: float
) -> None:
    correlator, server = double
    correlator.answers.append(Answer(429, headers=((b"retry-after", value),)))
    with transport(server.url, authority) as made:
        with pytest.raises(KhienError) as caught:
            made.send(events(1, "a"))
        assert caught.value.params["retry_after_seconds"] == seconds


def test_the_servers_clock_is_measured(double: tuple[CorrelatorDouble, ThreadedServer], authority: CertificateAuthority) -> None:
    _, server = double
    clock = ManualClock(SystemClock().now_us() - 90_000_000)
    made = HttpsTransport(server.url, identity=authority.issue_sensor("gateway"), dataset="live", clock=clock)
    made.mark(1)
    made.close()
    assert made.clock_offset_us is not None
    assert 89_000_000 < made.clock_offset_us < 95_000_000


def test_a_server_that_is_not_there_is_unreachable(authority: CertificateAuthority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with transport(f"https://127.0.0.1:{port}", authority) as made, pytest.raises(KhienError) as caught:
        made.mark(1)
    assert caught.value.code == "delivery.unreachable"


def test_a_server_of_another_ca_gets_nothing(tmp_path: Path, authority: CertificateAuthority) -> None:
    stranger = CertificateAuthority(tmp_path / "other", city="hue")
    correlator = CorrelatorDouble()
    with serving(correlator, stranger) as server, transport(server.url, authority) as made, pytest.raises(KhienError) as caught:
        made.mark(1)
    assert caught.value.code == "delivery.untrusted_server"
    assert "_ssl.c" not in str(caught.value)
    assert "khien setup --sensor" in caught.value.hint()
    assert correlator.requests == 0


def test_an_expired_certificate_is_not_even_shown(authority: CertificateAuthority) -> None:
    clock = ManualClock(SystemClock().now_us() + 8 * 86_400_000_000)
    made = HttpsTransport("https://127.0.0.1:1", identity=authority.issue_sensor("gateway"), dataset="live", clock=clock)
    with pytest.raises(KhienError) as caught:
        made.mark(1)
    assert caught.value.code == "certificate.expired"
    made.close()


def test_a_renewed_certificate_is_used_from_the_next_connection_on(
    double: tuple[CorrelatorDouble, ThreadedServer], authority: CertificateAuthority
) -> None:
    _, server = double
    with transport(server.url, authority) as made:
        made.mark(1)
        identity = authority.issue_sensor("gateway")
        other = authority.issue_sensor("branch")
        identity.certificate.write_bytes(other.certificate.read_bytes())
        made.mark(1)
        made.send(events(1, "a"))
    assert list(double[0].events) == [("branch", 1)]


class DrippingServer:
    """Speaks TLS and then one byte of an answer every so often."""

    def __init__(self, identity: Identity) -> None:
        self._context = server_context(identity, clients="required")
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.url = f"https://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._socket.close()
        self._thread.join()

    def _run(self) -> None:
        plain, _ = self._socket.accept()
        try:
            with self._context.wrap_socket(plain, server_side=True) as connection:
                connection.recv(65_536)
                for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n" + b" " * 60:
                    connection.sendall(bytes([byte]))
                    if self._stop.wait(0.1):
                        return
        except (OSError, ssl.SSLError):
            return


def test_a_server_that_drips_bytes_is_given_up_at_the_deadline(authority: CertificateAuthority) -> None:
    with DrippingServer(authority.issue_server("ingest")) as server, transport(server.url, authority, seconds=1) as made:
        began = time.monotonic()
        with pytest.raises(KhienError) as caught:
            made.mark(1)
        assert time.monotonic() - began < 3
        assert caught.value.code == "delivery.unreachable"
        assert "no answer within 1 s" in str(caught.value)
