"""One suite for both transports: what a sender may rely on, in process and over mutual TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import zstandard

from correlator.ingest.accept import Ingest
from correlator.ingest.direct import DirectTransport
from correlator.ingest.listener import IngestListener
from khien.certificates import CertificateAuthority, Identity
from khien.clock import SystemClock
from khien.delivery import Batch, BatchKind, Transport
from khien.errors import KhienError
from khien.listener import ThreadedServer, listener_config
from khien.tls import client_context, server_context
from sensor.https import HttpsTransport

SENSOR = "gateway"
LINE = b'{"@timestamp":"2026-11-10T02:00:00.000000Z","event":{"kind":"event"},"khien":{"schema":1}}\n'


def batch(
    first_seq: int, count: int, *, kind: BatchKind = BatchKind.EVENTS, body: bytes | None = None, dataset: str = "live"
) -> Batch:
    return Batch(SENSOR, 1, first_seq, count, kind, dataset, LINE * count if body is None else body)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    return CertificateAuthority(tmp_path_factory.mktemp("ca"), city="hue")


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[Ingest]:
    ingest = Ingest(tmp_path / "ingest.db", clock=SystemClock())
    yield ingest
    ingest.log.close()


@pytest.fixture
def server(ingest: Ingest, authority: CertificateAuthority) -> Iterator[ThreadedServer]:
    authority.deny_list.create()
    listener = IngestListener(ingest, deny_list=authority.deny_list, datasets={SENSOR: frozenset({"exercise:lab"})})
    context = server_context(authority.issue_server("ingest"), clients="required")
    with ThreadedServer(listener_config(listener.app(), context=context)) as server:
        yield server


@pytest.fixture
def https(server: ThreadedServer, authority: CertificateAuthority) -> Iterator[Callable[[str], HttpsTransport]]:
    with ExitStack() as stack:

        def connect(name: str) -> HttpsTransport:
            identity = authority.issue_sensor(name)
            transport = HttpsTransport(server.url, identity=identity, dataset="live", clock=SystemClock())
            stack.callback(transport.close)
            return transport

        yield connect


@pytest.fixture(params=["direct", "https"])
def transport(request: pytest.FixtureRequest) -> Transport:
    if request.param == "direct":
        ingest: Ingest = request.getfixturevalue("ingest")
        return DirectTransport(ingest, sensor=SENSOR)
    connect: Callable[[str], HttpsTransport] = request.getfixturevalue("https")
    return connect(SENSOR)


def refused(transport: Transport, sent: Batch) -> KhienError:
    with pytest.raises(KhienError) as caught:
        transport.send(sent)
    return caught.value


def test_an_unknown_stream_stands_at_zero(transport: Transport) -> None:
    assert transport.mark(1).acked_seq == 0


def test_what_is_acknowledged_is_in_the_log_and_in_the_mark(transport: Transport, ingest: Ingest) -> None:
    assert transport.send(batch(1, 3)).acked_seq == 3
    assert transport.send(batch(4, 2)).acked_seq == 5
    assert transport.mark(1).acked_seq == 5
    assert [(entry.first_seq, entry.count) for entry in ingest.log.read(after=0)] == [(1, 3), (4, 2)]


def test_a_batch_sent_twice_is_kept_once_and_counted(transport: Transport, ingest: Ingest) -> None:
    transport.send(batch(1, 3))
    assert transport.send(batch(1, 3)).acked_seq == 3
    marks, waiting = ingest.log.account(after=0)
    assert (marks[0].duplicates, waiting) == (3, {(SENSOR, 1): 3})


def test_of_an_overlapping_batch_the_new_part_is_kept(transport: Transport, ingest: Ingest) -> None:
    lines = [LINE.replace(b"event", b"event%d" % number, 1) for number in range(5)]
    transport.send(batch(1, 3, body=b"".join(lines[:3])))
    assert transport.send(batch(2, 4, body=b"".join(lines[1:]))).acked_seq == 5
    entries = ingest.log.read(after=0)
    assert [zstandard.decompress(entry.body) for entry in entries] == [b"".join(lines[:3]), b"".join(lines[3:])]


def test_a_batch_from_beyond_the_mark_is_told_where_to_go_on(transport: Transport) -> None:
    transport.send(batch(1, 2))
    error = refused(transport, batch(4, 1))
    assert (error.code, error.params["expected"]) == ("delivery.out_of_order", 3)


def test_a_gap_moves_the_mark_and_is_counted_as_dropped(transport: Transport, ingest: Ingest) -> None:
    transport.send(batch(1, 2))
    note = b'{"class": "flow", "reason": "quota"}'
    assert transport.send(batch(3, 10, kind=BatchKind.GAP, body=note)).acked_seq == 12
    assert transport.send(batch(3, 10, kind=BatchKind.GAP, body=note)).acked_seq == 12
    (mark,) = ingest.log.account(after=0)[0]
    assert (mark.dropped, mark.duplicates) == (10, 0)


def test_a_promise_takes_its_place_in_the_stream_and_moves_no_mark(transport: Transport, ingest: Ingest) -> None:
    transport.send(batch(1, 2))
    assert transport.send(batch(3, 0, kind=BatchKind.PROMISE, body=b'{"eth0": 1770000000000000}')).acked_seq == 2
    assert [entry.kind for entry in ingest.log.read(after=0)] == [BatchKind.EVENTS, BatchKind.PROMISE]


@pytest.mark.parametrize(
    "sent",
    [
        batch(1, 2, body=LINE),
        batch(1, 1, body=LINE[:-1]),
        batch(1, 0, body=b""),
        batch(1, 1, kind=BatchKind.PROMISE, body=b"{}"),
        batch(1, 0, kind=BatchKind.PROMISE, body=b'{"eth0": "soon"}'),
        batch(1, 0, kind=BatchKind.PROMISE, body=b'{"eth0": 1e3}'),
        batch(1, 0, kind=BatchKind.PROMISE, body=b"[1]"),
        batch(1, 1, kind=BatchKind.GAP, body=b"{}"),
        batch(1, 0, kind=BatchKind.GAP, body=b'{"class": "flow", "reason": "quota"}'),
    ],
)
def test_a_batch_that_does_not_say_what_it_holds_is_refused_and_changes_nothing(
    transport: Transport, ingest: Ingest, sent: Batch
) -> None:
    assert refused(transport, sent).code == "delivery.batch_refused"
    assert ingest.log.last_position() == 0
    assert transport.mark(1).acked_seq == 0


def test_more_events_than_a_batch_may_hold_are_too_large(transport: Transport) -> None:
    assert refused(transport, batch(1, 1_001)).code == "delivery.too_large"


def test_a_body_that_inflates_beyond_the_limit_is_too_large(transport: Transport) -> None:
    bomb = b" " * (16 << 20) + b"\n"
    assert refused(transport, batch(1, 1, body=bomb)).code == "delivery.too_large"


def test_an_exercise_is_open_to_the_sensors_it_is_allowed_to(https: Callable[[str], HttpsTransport]) -> None:
    assert https(SENSOR).send(batch(1, 1, dataset="exercise:lab")).acked_seq == 1
    assert refused(https("other"), batch(1, 1, dataset="exercise:lab")).code == "delivery.dataset_refused"
    assert refused(https(SENSOR), batch(2, 1, dataset="import:0123456789abcdef")).code == "delivery.dataset_refused"


def test_a_sensor_is_who_its_certificate_says_whatever_the_batch_says(
    https: Callable[[str], HttpsTransport], ingest: Ingest
) -> None:
    https("other").send(batch(1, 1))
    assert [mark.sensor for mark in ingest.log.account(after=0)[0]] == ["other"]


def test_a_revoked_certificate_is_refused_at_the_next_batch(
    https: Callable[[str], HttpsTransport], authority: CertificateAuthority
) -> None:
    transport = https("revoked")
    transport.send(batch(1, 1))
    authority.revoke(authority.issue_sensor("revoked").peer().serial, reason="lost")
    assert refused(transport, batch(2, 1)).code == "delivery.forbidden"


def test_a_components_certificate_is_no_sensors(server: ThreadedServer, authority: CertificateAuthority) -> None:
    assert ask(server, authority.issue_component("api"), "GET", "/ingest/v1/mark?epoch=1").status_code == 401


@pytest.mark.parametrize("epoch", ["", "-1", "x", "99999999999999999999", "٣"])
def test_a_number_that_is_none_is_a_bad_request(server: ThreadedServer, authority: CertificateAuthority, epoch: str) -> None:
    answer = ask(server, authority.issue_sensor(SENSOR), "GET", "/ingest/v1/mark", params={"epoch": epoch})
    assert (answer.status_code, answer.json()["code"]) == (400, "ingest.malformed")


def test_a_body_that_is_not_zstd_is_a_bad_request(server: ThreadedServer, authority: CertificateAuthority) -> None:
    headers = {"Khien-Epoch": "1", "Khien-First-Seq": "1", "Khien-Count": "1", "Khien-Kind": "events", "Khien-Dataset": "live"}
    answer = ask(server, authority.issue_sensor(SENSOR), "POST", "/ingest/v1/batches", headers=headers, content=b"hello\n")
    assert (answer.status_code, answer.json()["code"]) == (400, "ingest.malformed")


def test_a_packed_body_beyond_the_limit_is_cut_off(server: ThreadedServer, authority: CertificateAuthority) -> None:
    headers = {"Khien-Epoch": "1", "Khien-First-Seq": "1", "Khien-Count": "1", "Khien-Kind": "events", "Khien-Dataset": "live"}
    answer = ask(server, authority.issue_sensor(SENSOR), "POST", "/ingest/v1/batches", headers=headers, content=b"x" * (3 << 20))
    assert answer.status_code == 413


def test_a_full_disk_is_said_before_anything_is_taken(
    ingest: Ingest, server: ThreadedServer, authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_more: object) -> None:
        raise KhienError("ingest.unavailable", reason="disk full")

    monkeypatch.setattr(ingest.log, "append", full)
    headers = {"Khien-Epoch": "1", "Khien-First-Seq": "1", "Khien-Count": "1", "Khien-Kind": "events", "Khien-Dataset": "live"}
    packed = zstandard.compress(LINE)
    answer = ask(server, authority.issue_sensor(SENSOR), "POST", "/ingest/v1/batches", headers=headers, content=packed)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def ask(server: ThreadedServer, identity: Identity, method: str, path: str, **more: object) -> httpx.Response:
    with httpx.Client(verify=client_context(identity), timeout=10, trust_env=False) as client:
        return client.request(method, server.url + path, **more)  # type: ignore[arg-type]
