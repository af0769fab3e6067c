"""The process: real sockets, real certificates, the live stream, and an orderly end."""

from __future__ import annotations

import json
import os
import signal
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import delete

from incident_api.runtime import Runtime
from incident_api.service import Addresses, run_incident_api, running
from incident_api.settings import IncidentApiSettings
from incident_api.stream.models import StreamRow
from khien.certificates import CertificateAuthority, Identity
from khien.clock import ManualClock
from khien.errors import KhienError
from khien.tls import client_context
from tests.incident_api.city import PASSWORD, START_US, alert, give_log_ins, post, settings_in

SERVICE = tuple[Runtime, Addresses, CertificateAuthority]


def on_free_ports(folder: Path) -> IncidentApiSettings:
    return replace(settings_in(folder), port=0, internal_port=0)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SERVICE]:
    settings = on_free_ports(tmp_path)
    with running(settings, clock=ManualClock(START_US)) as (runtime, addresses):
        give_log_ins(runtime)
        yield runtime, addresses, CertificateAuthority(settings.home.certificates, city=settings.city)


def machine(identity: Identity, addresses: Addresses) -> httpx.Client:
    return httpx.Client(verify=client_context(identity), base_url=addresses.internal, timeout=10)


def browser(authority: CertificateAuthority, addresses: Addresses) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(authority.authority))
    return httpx.Client(verify=context, base_url=f"{addresses.page}/api/v1", timeout=10)


@contextmanager
def logged_in(service: SERVICE, account: str = "irt.analyst.2") -> Iterator[httpx.Client]:
    with browser(service[2], service[1]) as client:
        answer = client.post("/session", json={"account": account, "password": PASSWORD})
        assert answer.status_code == 200
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        yield client


def test_the_correlator_posts_alerts_with_its_certificate(service: SERVICE) -> None:
    with machine(service[2].issue_component("correlator"), service[1]) as client:
        body = {"alerts": [alert(1).model_dump(mode="json"), alert(2).model_dump(mode="json")]}
        first, second = client.post("/internal/v1/alerts", json=body), client.post("/internal/v1/alerts", json=body)
        assert [each["outcome"] for each in first.json()["results"]] == ["created", "created"]
        assert [each["outcome"] for each in second.json()["results"]] == ["known", "known"]
        inventory = client.get("/internal/v1/inventory").json()
        assert {"cidr": "10.30.1.0/24", "asset": "lan-p-an-binh", "unit": "p-an-binh"} in inventory["networks"]
        assert client.put("/internal/v1/ledger", json={"ledger": {"read": 7}}).status_code == 204
    with logged_in(service) as page:
        assert page.get("/alerts").json()["rows"][0]["alerts"] == 2
        assert page.get("/ledger").json()["components"][0]["ledger"] == {"read": 7}


def test_an_alert_with_hostile_text_is_taken_and_one_that_no_column_holds_is_refused(service: SERVICE) -> None:
    hostile, sound, endless = (alert(number).model_dump(mode="json") for number in (1, 2, 3))
    hostile["entities"][0]["value"] = "evil\x00host"
    hostile["explanation"]["sample"] = {"a\x00": "\ud800"}
    endless["hits"] = 10**30
    with machine(service[2].issue_component("correlator"), service[1]) as client:
        headers = {"Content-Type": "application/json"}
        taken = client.post("/internal/v1/alerts", content=json.dumps({"alerts": [hostile, sound]}), headers=headers)
        assert [each["outcome"] for each in taken.json()["results"]] == ["created", "created"]
        assert client.post("/internal/v1/alerts", content=json.dumps({"alerts": [endless]}), headers=headers).status_code == 422
    with logged_in(service) as page:
        found = page.get(f"/alerts/{hostile['id']}").json()["alert"]
    assert found["entities"][0]["value"] == "evil\\u0000host"
    assert found["explanation"]["sample"] == {"a\\u0000": "\\ud800"}


def test_nobody_else_gets_in_whatever_the_headers_say(service: SERVICE) -> None:
    authority = service[2]
    for identity in (authority.issue_component("stranger"), authority.issue_sensor("correlator")):
        with machine(identity, service[1]) as client:
            answer = client.get("/internal/v1/inventory", headers={"X-Forwarded-Client-Cert": "correlator"})
            assert (answer.status_code, answer.json()["code"]) == (403, "internal.unknown_component")
    with (
        httpx.Client(verify=ssl.create_default_context(cafile=str(authority.authority)), timeout=5) as client,
        pytest.raises(httpx.TransportError),
    ):
        client.get(f"{service[1].internal}/internal/v1/inventory")
    with logged_in(service) as page:
        assert page.get(f"{service[1].page}/internal/v1/inventory").status_code == 404


def test_a_revoked_certificate_is_refused_at_the_next_request(service: SERVICE) -> None:
    identity = service[2].issue_component("correlator")
    with machine(identity, service[1]) as client:
        assert client.get("/internal/v1/inventory").status_code == 200
        service[2].revoke(identity.peer().serial, reason="test")
        assert client.get("/internal/v1/inventory").status_code == 403


def events_of(lines: Iterator[str], count: int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for line in lines:
        if line.startswith("data: "):
            found.append(json.loads(line.removeprefix("data: ")))
        if len(found) == count:
            break
    return found


def test_the_live_stream_tells_each_change_once_and_resumes_without_loss(service: SERVICE) -> None:
    runtime = service[0]
    with logged_in(service) as page:
        with page.stream("GET", "/stream") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.iter_lines()
            assert next(lines) == ": ready"
            post(runtime, alert(1))
            (first,) = [each for each in events_of(lines, 2) if each["kind"] == "group"]
        group = page.get("/alerts").json()["rows"][0]
        assert (first["id"], first["version"]) == (group["id"], 1)
        page.post(f"/groups/{group['id']}/take", json={"version": 1})
        post(runtime, alert(2, rule="b"))
        with page.stream("GET", "/stream", headers={"Last-Event-ID": str(first["seq"])}) as answer:
            missed = events_of(answer.iter_lines(), 3)
        seqs = [int(str(each["seq"])) for each in missed]
        assert seqs == sorted(set(seqs))
        assert (missed[0]["id"], missed[0]["version"]) == (group["id"], 1) or missed[0]["kind"] == "notification"
        assert any(each["id"] == group["id"] and each["version"] == 2 for each in missed)


@pytest.mark.parametrize("last", ["999999", "0"])
def test_a_gap_that_the_log_no_longer_covers_says_resync(service: SERVICE, last: str) -> None:
    post(service[0], alert(1))
    with service[0].database.write() as session:
        session.execute(delete(StreamRow).where(StreamRow.seq <= 2))
    with logged_in(service) as page, page.stream("GET", "/stream", headers={"Last-Event-ID": last}) as answer:
        assert [each["kind"] for each in events_of(answer.iter_lines(), 1)] == ["resync"]


def test_the_stream_tells_a_contact_nothing_of_other_units(service: SERVICE) -> None:
    runtime = service[0]
    with logged_in(service, "unit.contact.p-an-binh") as page, page.stream("GET", "/stream") as answer:
        lines = answer.iter_lines()
        assert next(lines) == ": ready"
        post(runtime, alert(1, asset="lan-x-vinh-loc", unit="x-vinh-loc"))
        post(runtime, alert(2, rule="b", asset="lan-p-an-binh", unit="p-an-binh"))
        (seen,) = events_of(lines, 1)
        rows = page.get("/alerts").json()["rows"]
    assert [row["id"] for row in rows] == [seen["id"]]


def test_sigterm_ends_everything_and_what_was_acknowledged_is_there_afterwards(tmp_path: Path) -> None:
    settings = on_free_ports(tmp_path)
    addresses: list[Addresses] = []

    def ready(runtime: Runtime, found: Addresses) -> None:
        addresses.append(found)
        give_log_ins(runtime)
        post(runtime, alert(1))
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()

    before = signal.getsignal(signal.SIGTERM)
    run_incident_api(settings, ManualClock(START_US), ready=ready)
    assert signal.getsignal(signal.SIGTERM) is before
    with pytest.raises(httpx.TransportError):
        httpx.get(addresses[0].page, verify=False)
    with running(settings, clock=ManualClock(START_US)) as (runtime, _):
        assert [place.outcome for place in post(runtime, alert(1))] == ["known"]


def test_a_taken_port_is_one_clear_error(tmp_path: Path, service: SERVICE) -> None:
    taken = int(service[1].page.rpartition(":")[2])
    (tmp_path / "second").mkdir()
    settings = replace(on_free_ports(tmp_path / "second"), port=taken)
    with pytest.raises(KhienError) as caught, running(settings, clock=ManualClock(START_US)):
        pytest.fail("it started")
    assert caught.value.code == "internal.cannot_listen"
    assert str(taken) in caught.value.sentence()
