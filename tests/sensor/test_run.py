"""A whole sensor in this process: read, deliver, stop in order, fail clearly."""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from correlator.ingest.accept import Ingest
from correlator.ingest.listener import IngestListener
from khien.certificates import CertificateAuthority
from khien.clock import SystemClock
from khien.delivery import END
from khien.errors import KhienError
from khien.ids import Dataset, SensorName
from khien.listener import ThreadedServer, listener_config
from khien.tls import server_context
from sensor.https import HttpsTransport
from sensor.run import Sensor, run_sensor
from sensor.settings import SensorSettings
from sensor.sources.recorded import Recorded, RecordedLog
from sensor.sources.source import Hand, Position, Source
from tests.sensor.correlator_double import Answer, CorrelatorDouble, serving
from tests.sensor.plain_lines import PlainParser, messages

SSH = "Nov 10 09:00:{second:02d} gate sshd[311]: Failed password for root from 192.0.2.{second} port 4022 ssh2\n"


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    return CertificateAuthority(tmp_path / "ca", city="hue")


@pytest.fixture
def ingest(authority: CertificateAuthority) -> Iterator[tuple[CorrelatorDouble, ThreadedServer]]:
    double = CorrelatorDouble()
    with serving(double, authority) as server:
        yield double, server


def settings(tmp_path: Path, authority: CertificateAuthority, server: str, **more: Any) -> SensorSettings:
    certificate = authority.issue_sensor("gateway").certificate.parent
    return SensorSettings.parse(name="gateway", folder=tmp_path / "sensor", server=server, certificate=certificate, **more)


def recorded(path: Path) -> Recorded:
    return Recorded(RecordedLog(path, path.name, partial(PlainParser, path.name)), name=path.name, path=path)


def sensor_of(
    tmp_path: Path,
    authority: CertificateAuthority,
    server: str,
    *sources: Source,
    told: list[tuple[str, dict[str, str | int]]] | None = None,
) -> tuple[Sensor, list[str]]:
    notices: list[str] = []

    def notice(event: str, fields: dict[str, str | int]) -> None:
        notices.append(event)
        if told is not None:
            told.append((event, fields))

    chosen = SensorSettings(
        name=SensorName("gateway"), folder=tmp_path / "sensor", server=server, certificate=tmp_path, dataset=Dataset("live")
    )
    transport = HttpsTransport(server, identity=authority.issue_sensor("gateway"), dataset="live", clock=SystemClock())
    made = Sensor(chosen, sources=sources, transport=transport, clock=SystemClock(), notice=notice)
    return made, notices


def test_recorded_logs_of_the_engine_arrive_whole_and_the_status_balances(
    tmp_path: Path, authority: CertificateAuthority, ingest: tuple[CorrelatorDouble, ThreadedServer]
) -> None:
    double, server = ingest
    log = tmp_path / "auth.log"
    log.write_text("".join(SSH.format(second=second) for second in range(60)) + "not a log line at all\n")
    chosen = settings(tmp_path, authority, server.url, recorded=(f"{log}:syslog",), is_once=True, year=2026)
    assert run_sensor(chosen) == 0
    lines = double.lines()
    assert len(lines) == 60
    assert json.loads(lines[7])["source"]["ip"] == "192.0.2.7"
    # 09:00 in Vietnam is 02:00 UTC.
    assert json.loads(lines[7])["@timestamp"] == "2026-11-10T02:00:07.000000Z"
    assert double.promises == {"auth.log": END}
    status = json.loads((tmp_path / "sensor" / "status.json").read_text())
    assert status["sources"][0] == {
        "name": "auth.log",
        "read": 61,
        "spooled": 60,
        "acknowledged": 60,
        "rejected": {"format": 1},
        "dropped": {},
        "counters": {},
    }
    assert (status["balance"], status["last_seq"], status["acknowledged_seq"]) == (0, 60, 60)


def test_files_in_any_order_give_the_same_stream(
    tmp_path: Path, authority: CertificateAuthority, ingest: tuple[CorrelatorDouble, ThreadedServer]
) -> None:
    double, server = ingest
    logs = []
    for name in ("one", "two", "three"):
        path = tmp_path / f"{name}.log"
        path.write_text("".join(f"{name} {number}\n" for number in range(1_500)))
        logs.append(path)
    streams: list[list[bytes]] = []
    for order in (logs, logs[::-1], [logs[1], logs[0], logs[2]]):
        made, _ = sensor_of(tmp_path / str(len(streams)), authority, server.url, *map(recorded, order))
        assert made.run() == 0
        streams.append(double.lines())
        double.events.clear()
        double.marks.clear()
    assert len(streams[0]) == 4_500
    assert streams[0] == streams[1] == streams[2]


def test_a_refused_sensor_says_so_keeps_its_events_and_exits_with_the_status_of_identity(
    tmp_path: Path, authority: CertificateAuthority, ingest: tuple[CorrelatorDouble, ThreadedServer]
) -> None:
    double, server = ingest
    log = tmp_path / "a.log"
    log.write_text("a\nb\n")
    double.answers.append(Answer(403, {"detail": "revoked"}))
    made, notices = sensor_of(tmp_path, authority, server.url, recorded(log))
    assert made.run() == 6
    assert "delivery_refused" in notices
    assert double.lines() == []
    again, _ = sensor_of(tmp_path, authority, server.url, recorded(log))
    assert again.run() == 0
    assert messages(double.lines()) == ["a", "b"]


def test_one_run_into_a_refused_dataset_does_not_keep_the_next_one_silent(tmp_path: Path, authority: CertificateAuthority) -> None:
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    first.write_text(SSH.format(second=1) * 3)
    second.write_text(SSH.format(second=2) * 2)
    correlator = Ingest(tmp_path / "ingest.db", clock=SystemClock())
    listener = IngestListener(correlator, deny_list=authority.deny_list, datasets={})
    context = server_context(authority.issue_server("ingest"), clients="required")
    with ThreadedServer(listener_config(listener.app(), context=context)) as server:
        wrong = settings(tmp_path, authority, server.url, recorded=(str(first),), dataset="exercise:foo", is_once=True, year=2026)
        assert run_sensor(wrong) == 6
        assert correlator.mark("gateway", 1).acked_seq == 0
        right = settings(tmp_path, authority, server.url, recorded=(str(second),), is_once=True, year=2026)
        assert run_sensor(right) == 0
        assert correlator.mark("gateway", 1).acked_seq == 5
        # The file itself was not read in vain: under the right dataset it is read again.
        again = settings(tmp_path, authority, server.url, recorded=(str(first),), is_once=True, year=2026)
        assert run_sensor(again) == 0
        assert run_sensor(again) == 0
    assert correlator.mark("gateway", 1).acked_seq == 8
    correlator.log.close()
    assert len((tmp_path / "sensor" / "undeliverable.jsonl").read_bytes().splitlines()) == 3


def test_a_disk_that_is_full_at_the_end_is_an_end_in_order(
    tmp_path: Path,
    authority: CertificateAuthority,
    ingest: tuple[CorrelatorDouble, ThreadedServer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    double, server = ingest
    log = tmp_path / "a.log"
    log.write_text("a\nb\n")

    real, left = os.pwrite, [None] * 2

    def no_space(descriptor: int, data: bytes, offset: int) -> int:
        """Room for the head of a segment and the announcement, and for nothing more."""
        if not left:
            raise OSError(errno.ENOSPC, "No space left on device")
        left.pop()
        return real(descriptor, data, offset)

    class StoppedWhenFull(list[tuple[str, dict[str, str | int]]]):
        def append(self, one: tuple[str, dict[str, str | int]]) -> None:
            super().append(one)
            if one[0] == "spool_disk_full":
                made.stop()

    told = StoppedWhenFull()
    made, notices = sensor_of(tmp_path, authority, server.url, recorded(log), told=told)
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", no_space)
        assert made.run() == 7
    (failure,) = [fields for event, fields in told if event == "sensor_failure"]
    assert (failure["code"], "(2 events)" in str(failure["error"])) == ("spool.full", True)
    assert notices[-1] == "sensor_failure"
    again, _ = sensor_of(tmp_path, authority, server.url, recorded(log))
    assert again.run() == 0
    assert messages(double.lines()) == ["a", "b"]


def test_a_reject_file_that_cannot_be_opened_is_one_clear_error(tmp_path: Path, authority: CertificateAuthority) -> None:
    (tmp_path / "sensor" / "rejected.jsonl").mkdir(parents=True)
    log = tmp_path / "a.log"
    log.write_text("a\n")
    made, _ = sensor_of(tmp_path, authority, "https://127.0.0.1:1", recorded(log))
    with pytest.raises(KhienError) as caught:
        made.run()
    assert caught.value.code == "spool.unusable"


class BrokenSource:
    """Raises what no source should."""

    name, is_rereadable = "broken", True
    priority = recorded(Path("x")).priority

    def open(self) -> None:
        """Nothing."""

    def run(self, *, position: Position | None, hand: Hand, stop: threading.Event) -> None:
        del position, hand, stop
        message = "a defect"
        raise LookupError(message)

    def close(self) -> None:
        """Nothing."""


def test_a_defect_in_a_source_stops_the_sensor_loudly_and_loses_nothing(
    tmp_path: Path, authority: CertificateAuthority, ingest: tuple[CorrelatorDouble, ThreadedServer]
) -> None:
    made, notices = sensor_of(tmp_path, authority, ingest[1].url, BrokenSource())
    with pytest.raises(LookupError, match="a defect"):
        made.run()
    assert "sensor_defect" in notices


class FailingSource(BrokenSource):
    """Raises an error that a person can act on."""

    name = "failing"

    def run(self, *, position: Position | None, hand: Hand, stop: threading.Event) -> None:
        del position, hand, stop
        raise KhienError("input.unreadable", path="x", reason="the disk is gone")


def test_a_source_that_fails_ends_and_the_others_are_delivered(
    tmp_path: Path, authority: CertificateAuthority, ingest: tuple[CorrelatorDouble, ThreadedServer]
) -> None:
    double, server = ingest
    log = tmp_path / "a.log"
    log.write_text("a\nb\n")
    made, notices = sensor_of(tmp_path, authority, server.url, recorded(log), FailingSource())
    assert made.run() == 3
    assert "sensor_failure" in notices
    assert messages(double.lines()) == ["a", "b"]
    assert double.promises == {"a.log": END, "failing": END}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, "sensor.no_input"),
        ({"recorded": ("nowhere.log",)}, "input.not_found"),
        ({"logs": ("nowhere/x.log:syslog",)}, "input.not_found"),
        ({"syslog": ("quic:1",)}, "sensor.invalid_input"),
        ({"syslog": ("udp:70000",)}, "sensor.invalid_input"),
        ({"syslog": ("udp:",)}, "sensor.invalid_input"),
        ({"interfaces": ("x",), "dataset": "Exercise"}, "sensor.invalid_input"),
        ({"syslog": ("udp:0",), "utc_offset_minutes": 99_999}, "sensor.invalid_input"),
        ({"syslog": ("udp:0",), "utc_offset_minutes": -1_440}, "sensor.invalid_input"),
        ({"interfaces": ("no-such-interface",)}, "capture.no_interface"),
    ],
)
def test_what_keeps_a_sensor_from_starting_is_one_clear_error(
    tmp_path: Path, authority: CertificateAuthority, more: dict[str, Any], code: str
) -> None:
    with pytest.raises(KhienError) as caught:
        run_sensor(settings(tmp_path, authority, "https://127.0.0.1:1", **more))
    assert caught.value.code == code


def test_a_server_without_tls_is_refused(tmp_path: Path, authority: CertificateAuthority) -> None:
    with pytest.raises(KhienError) as caught:
        settings(tmp_path, authority, "http://127.0.0.1:1", interfaces=("lo",))
    assert caught.value.code == "sensor.invalid_input"
