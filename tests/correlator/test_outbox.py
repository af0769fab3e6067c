"""The outbox: every sink gets the latest state of every alert, in order, at least once, and a silent sink holds only itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from correlator.sinks import IncidentApiSink
from khien.alert import Alert
from khien.errors import KhienError
from tests.correlator.stream import Plant, login


class ListSink:
    """Keeps what it is given; fails while it is told to, refuses what it is told to."""

    def __init__(self, name: str = "people") -> None:
        self.name = name
        self.given: list[tuple[str, int]] = []
        self.is_down = False
        self.refuses: set[str] = set()

    def deliver(self, alerts: Sequence[Alert]) -> list[str]:
        if self.is_down:
            raise KhienError("correlation.sink_unreachable", sink=self.name, reason="down")
        self.given += [(alert.group.values[0], alert.hits) for alert in alerts]
        return [alert.id for alert in alerts if alert.id in self.refuses]

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def sink() -> ListSink:
    return ListSink()


@pytest.fixture
def plant(tmp_path: Path, sink: ListSink) -> Iterator[Plant]:
    plant = Plant(tmp_path, sinks=[sink])
    plant.promise(-1)
    yield plant
    plant.close()


def burst(plant: Plant, *, start: int, address: str, promise: int) -> None:
    plant.events([login(start + second, address=address) for second in range(8)])
    plant.promise(promise)
    while plant.correlator.step():
        pass


def test_alerts_are_given_in_the_order_they_were_made(plant: Plant, sink: ListSink) -> None:
    for number in range(5):
        burst(plant, start=number * 50, address=f"192.0.2.{9 - number}", promise=number * 50 + 20)
    plant.correlator.outbox.deliver()
    assert sink.given == [(f"192.0.2.{9 - number}", 1) for number in range(5)]
    assert plant.correlator.outbox.deliver() == 0


def test_an_alert_that_grew_before_it_was_given_is_given_once_as_it_is_now(plant: Plant, sink: ListSink) -> None:
    burst(plant, start=0, address="192.0.2.1", promise=7)
    plant.events([login(8, address="192.0.2.1"), login(9, address="192.0.2.1")])
    plant.promise(9)
    plant.settle()
    assert sink.given == [("192.0.2.1", 3)]


def test_an_alert_that_grows_after_it_was_given_is_given_again(plant: Plant, sink: ListSink) -> None:
    burst(plant, start=0, address="192.0.2.1", promise=7)
    plant.settle()
    plant.events([login(8, address="192.0.2.1")])
    plant.promise(8)
    plant.settle()
    assert sink.given == [("192.0.2.1", 1), ("192.0.2.1", 2)]


def test_a_sink_that_is_down_holds_neither_the_other_nor_loses_anything(plant: Plant, sink: ListSink) -> None:
    sink.is_down = True
    burst(plant, start=0, address="192.0.2.1", promise=7)
    outbox = plant.correlator.outbox
    assert outbox.deliver() == 1  # the store has it
    assert list(outbox.failures) == ["people"]
    assert plant.alerts() == [("ssh_bruteforce", 8, True)]
    sink.is_down = False
    assert outbox.deliver() == 0  # not before its pause is over
    plant.clock.advance(seconds=61)
    assert outbox.deliver() == 1
    assert (sink.given, outbox.failures) == ([("192.0.2.1", 1)], {})


def test_what_waits_survives_a_restart(plant: Plant, sink: ListSink) -> None:
    sink.is_down = True
    burst(plant, start=0, address="192.0.2.1", promise=7)
    plant.correlator.outbox.deliver()
    plant.reopen()
    sink.is_down = False
    plant.correlator.outbox.deliver()
    assert sink.given == [("192.0.2.1", 1)]


def test_an_alert_that_a_sink_refuses_is_counted_and_not_sent_for_ever(plant: Plant, sink: ListSink) -> None:
    burst(plant, start=0, address="192.0.2.1", promise=7)
    (entry,) = plant.correlator._checkpoint.outbox("people", limit=10)
    sink.refuses = {entry.alert_id}
    plant.correlator.outbox.deliver()
    assert plant.correlator.outbox.refused["people"] == 1
    assert plant.correlator._checkpoint.waiting_alerts() == 0


def test_an_alert_set_aside_is_in_the_ledger_after_a_restart_and_until_a_later_state_is_taken(plant: Plant, sink: ListSink) -> None:
    burst(plant, start=0, address="192.0.2.1", promise=7)
    (entry,) = plant.correlator._checkpoint.outbox("people", limit=10)
    assert plant.correlator.ledger().as_json()["alerts"] == {"waiting": 1, "refused": 0}
    sink.refuses = {entry.alert_id}
    plant.correlator.outbox.deliver()
    plant.reopen()
    ledger = plant.correlator.ledger().as_json()
    assert (ledger["alerts"], ledger["balanced"]) == ({"waiting": 0, "refused": 1}, True)
    sink.refuses = set()
    plant.events([login(8, address="192.0.2.1")])
    plant.promise(8)
    plant.settle()
    assert plant.correlator.ledger().as_json()["alerts"] == {"waiting": 0, "refused": 0}


Answer = Callable[[httpx.Request], httpx.Response]


def api(answer: Answer) -> IncidentApiSink:
    return IncidentApiSink("https://api.test", identity=None, transport=httpx.MockTransport(answer))


def ids(request: httpx.Request) -> list[str]:
    return [alert["id"] for alert in json.loads(request.content)["alerts"]]


def known(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"results": [{"id": alert_id, "outcome": "known"} for alert_id in ids(request)]})


@pytest.fixture
def alerts(plant: Plant) -> list[Alert]:
    for number in range(4):
        burst(plant, start=number * 50, address=f"192.0.2.{number}", promise=number * 50 + 20)
    plant.settle()
    return list(plant.correlator.alerts("live"))


def test_the_api_is_given_whole_alerts_at_its_own_path(alerts: list[Alert]) -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return known(request)

    assert api(answer).deliver(alerts) == []
    (request,) = requests
    assert (request.method, request.url.path) == ("POST", "/internal/v1/alerts")
    assert [Alert.model_validate(body) for body in json.loads(request.content)["alerts"]] == alerts


def test_one_alert_that_the_api_cannot_read_is_found_and_the_others_arrive(alerts: list[Alert]) -> None:
    bad, arrived = alerts[2].id, set[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        if bad in ids(request):
            return httpx.Response(422)
        arrived.update(ids(request))
        return known(request)

    assert api(answer).deliver(alerts) == [bad]
    assert arrived == {alert.id for alert in alerts} - {bad}


def test_one_alert_on_which_the_api_fails_is_set_aside_after_a_few_calls(alerts: list[Alert]) -> None:
    bad, arrived = alerts[0].id, set[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        if bad in ids(request):
            return httpx.Response(500)
        arrived.update(ids(request))
        return known(request)

    sink = api(answer)
    for _ in range(3):
        with pytest.raises(KhienError):
            sink.deliver(alerts)
    assert arrived == set()
    assert sink.deliver(alerts) == [bad]
    assert arrived == {alert.id for alert in alerts} - {bad}


def test_an_api_that_fails_on_everything_is_ill_and_no_alert_is_set_aside(alerts: list[Alert]) -> None:
    calls: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(len(ids(request)))
        return httpx.Response(500)

    sink = api(answer)
    for _ in range(8):
        with pytest.raises(KhienError) as caught:
            sink.deliver(alerts * 100)
        assert caught.value.code == "correlation.sink_refused"
    assert len(calls) < 8 * 20 * 8  # what one search may cost


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: httpx.Response(500),
        lambda _: httpx.Response(401),
        lambda _: httpx.Response(200, json={"results": []}),
        lambda _: httpx.Response(200, json={"results": [{"id": "x"}]}),
        lambda _: httpx.Response(200, text="<html>"),
        lambda _: httpx.Response(302, headers={"location": "https://elsewhere.test/"}),
    ],
)
def test_an_answer_that_does_not_confirm_each_alert_confirms_none(alerts: list[Alert], answer: Answer) -> None:
    with pytest.raises(KhienError) as caught:
        api(answer).deliver(alerts)
    assert caught.value.code == "correlation.sink_refused"


def test_an_api_that_does_not_answer_is_unreachable(alerts: list[Alert]) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(KhienError) as caught:
        api(answer).deliver(alerts)
    assert caught.value.code == "correlation.sink_unreachable"


def test_a_character_that_no_database_text_can_hold_is_written_as_its_escape(plant: Plant) -> None:
    lines = [
        login(second, address="192.0.2.7\0", user={"name": "ro\0ot"}, note={"a\0": ["x\0"]}, process={"name": "sshd"})
        for second in range(8)
    ]
    plant.events(lines)
    plant.promise(20)
    plant.settle()
    (alert,) = plant.correlator.alerts("live")
    assert "\0" not in str(alert.model_dump())
    assert alert.group.values == ("192.0.2.7\\u0000",)
    assert "192.0.2.7\\u0000" in {entity.value for entity in alert.entities}
    assert alert.explanation.sample is not None
    assert alert.explanation.sample["note"] == {"a\\u0000": ["x\\u0000"]}
    assert alert.hits == 1
