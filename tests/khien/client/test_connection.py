"""The Python client against the real process over TLS, and against answers that no server of ours gives."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

import khien
from incident_api.people.models import PersonRow
from incident_api.people.person import Person
from incident_api.people.rights import Right
from incident_api.runtime import Runtime
from incident_api.service import running
from incident_api.sessions import tokens
from incident_api.stream.schemas import StreamEvent
from khien.certificates import CertificateAuthority
from khien.client import ApiError, Client, connect, connection
from khien.clock import ManualClock
from tests.incident_api.city import START_US, alert, give_log_ins, post, settings_in

ANALYST = "irt.analyst.2"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Runtime, str, Path]]:
    settings = replace(settings_in(tmp_path_factory.mktemp("client")), port=0, internal_port=0)
    with running(settings, clock=ManualClock(START_US)) as (runtime, addresses):
        give_log_ins(runtime)
        yield runtime, addresses.page, CertificateAuthority(settings.home.certificates, city=settings.city).authority


def token_of(runtime: Runtime, *rights: Right) -> str:
    with runtime.database.read() as session:
        person = Person.of(session.get_one(PersonRow, ANALYST))
    return tokens.make(runtime, person=person, name="kịch bản", rights=rights, days=1).secret


@pytest.fixture
def client(served: tuple[Runtime, str, Path]) -> Iterator[Client]:
    runtime, url, authority = served
    rights = (Right.ALERTS_READ, Right.ALERTS_TRIAGE, Right.STREAM_READ, Right.INCIDENTS_READ, Right.INCIDENTS_HANDLE)
    with khien.connect(url, token_of(runtime, *rights), authority=authority) as made:
        yield made


def test_a_script_reads_takes_and_opens(served: tuple[Runtime, str, Path], client: Client) -> None:
    post(served[0], alert(1, rule="client-reads"))
    (row,) = client.list_alerts(q="client-reads")["rows"]
    taken = client.take_group(row["id"], {"version": row["version"]}, key="client-take-1")
    assert taken["row"]["state"] == "taken"
    assert client.take_group(row["id"], {"version": row["version"]}, key="client-take-1") == taken
    opened = client.open_incident({"title": "Sự cố thử", "assets": ["dvc"]})
    assert client.read_incident(opened["row"]["id"])["row"]["title"] == "Sự cố thử"


def test_a_long_list_is_read_page_by_page_and_each_row_once(served: tuple[Runtime, str, Path], client: Client) -> None:
    post(served[0], *(alert(number, rule=f"client-page-{number}") for number in range(7)))
    found = [row["title"]["en"] for page in client.pages(client.list_alerts, q="client-page", limit=3) for row in page["rows"]]
    assert sorted(found) == [f"Title of client-page-{number}" for number in range(7)]


def test_a_refusal_is_the_apis_own_sentence_in_both_languages(client: Client) -> None:
    with pytest.raises(ApiError) as caught:
        client.read_group("0123456789abcdef")
    assert (caught.value.code, caught.value.status) == ("alert.not_found", 404)
    assert caught.value.sentence("vi") != caught.value.sentence("en")
    with pytest.raises(ApiError, match=r"session\.forbidden"):
        client.list_audit()


def test_the_stream_tells_what_changes(served: tuple[Runtime, str, Path], client: Client) -> None:
    events = client.follow(last=0)
    waiting = threading.Timer(0.3, lambda: post(served[0], alert(1, rule="client-stream")))
    waiting.start()
    seen = [event for event, _ in zip(events, range(1), strict=False)]
    waiting.join()
    assert seen[0]["kind"] in get_args(StreamEvent.model_fields["kind"].annotation)


def test_a_wrong_token_and_a_foreign_authority_are_refused(served: tuple[Runtime, str, Path]) -> None:
    _, url, authority = served
    with connect(url, "khien_wrong", authority=authority) as stranger, pytest.raises(ApiError, match=r"token\.refused"):
        stranger.list_alerts()
    with connect(url, "khien_wrong", authority=authority) as stranger, pytest.raises(ApiError, match=r"token\.refused"):
        next(stranger.follow())
    with connect(url, "khien_wrong") as trusting, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        trusting.list_alerts()


def test_a_broken_stream_is_made_again_after_the_last_event() -> None:
    asked: list[str | None] = []
    waits: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("last-event-id"))
        if len(asked) in {2, 3}:
            raise httpx.ConnectError("gone", request=request)
        body = f'id: {len(asked)}\nevent: group\ndata: {{"seq": {len(asked)}, "kind": "group", "id": "x", "version": 1}}\n\n'
        return httpx.Response(200, text=body)

    http = httpx.Client(base_url="https://khien.test/api/v1", transport=httpx.MockTransport(answer))
    events = Client(http, sleep=waits.append).follow()
    assert [next(events)["seq"], next(events)["seq"]] == [1, 4]
    assert (asked, waits) == ([None, "1", "1", "1"], [0.5, 1.0])


@pytest.mark.parametrize("body", [b"<html>502</html>", b"[]", b'{"code": "x"}', b"null", b""])
def test_an_answer_that_is_not_the_apis_is_an_error_with_its_status(body: bytes) -> None:
    http = httpx.Client(
        base_url="https://khien.test/api/v1", transport=httpx.MockTransport(lambda _request: httpx.Response(502, content=body))
    )
    with pytest.raises(ApiError) as caught:
        Client(http).list_alerts()
    assert (caught.value.code, caught.value.status) == ("request.refused", 502)


def test_a_redirect_is_not_followed_with_the_token() -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "https://evil.example/"})

    http = httpx.Client(base_url="https://khien.test/api/v1", transport=httpx.MockTransport(answer))
    with pytest.raises(ApiError):
        Client(http).list_alerts()


def test_the_event_of_the_stream_has_the_servers_fields() -> None:
    assert set(connection.StreamEvent.__annotations__) == set(StreamEvent.model_fields)


def test_the_connection_checks_the_servers_certificate_and_name() -> None:
    context: Any = connect("https://khien.test", "khien_x")._http._transport._pool._ssl_context  # type: ignore[attr-defined]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
