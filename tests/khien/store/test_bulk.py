"""The table of the bulk sender (reliability design, section 6), row by row, and what it leaves in its state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from khien.clock import SystemClock
from khien.errors import KhienError
from khien.store import Outcome, RejectReason
from khien.store.elasticsearch.bulk import (
    FIRST_WAIT_SECONDS,
    LONGEST_WAIT_SECONDS,
    REQUEST_BYTES,
    REQUEST_ITEMS,
    BulkItem,
    BulkSender,
    ItemResult,
    Trouble,
)
from khien.store.elasticsearch.gateway import Gateway
from khien.store.elasticsearch.store import ElasticsearchEventStore
from tests.faults.fake_elasticsearch import BAD_TYPE, FULL, NO_INDEX, FakeElasticsearch
from tests.khien.store.made_events import event_lines, made_alert

BLOCK = {
    "type": "cluster_block_exception",
    "reason": "index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage]",
}
DENIED = {"type": "security_exception", "reason": "action [indices:data/write/bulk] is unauthorized"}


@dataclass
class CountedPatience:
    """Waits no time at all, and notes how long it was asked to; gives up after so many waits."""

    most: int = 1_000
    waits: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> bool:
        """Note and go on."""
        self.waits.append(seconds)
        return len(self.waits) <= self.most


def items(count: int, *, size: int = 10) -> list[BulkItem]:
    """Items of a stream whose template the fake has."""
    document = b'{"x":"' + b"y" * size + b'"}'
    return [
        BulkItem(f"s-1-{n}", "khien-events-live", b'{"create":{"_index":"khien-events-live","_id":"s-1-%d"}}' % n, document)
        for n in range(1, count + 1)
    ]


@pytest.fixture
def fake() -> Iterator[FakeElasticsearch]:
    with FakeElasticsearch() as fake:
        fake.templates["khien-events"] = {}
        yield fake


@dataclass
class Sent:
    """A sender, its waits, and the results."""

    results: list[ItemResult]
    sender: BulkSender
    waits: list[float]

    @property
    def outcomes(self) -> list[Outcome]:
        """One for each item."""
        return [result.outcome for result in self.results]


def send(fake: FakeElasticsearch, sent: Sequence[BulkItem], *, most: int = 1_000) -> Sent:
    """Send with a sender of its own."""

    def restore(_: set[str]) -> None:
        fake.templates["khien-events"] = {}

    gateway = Gateway.connect(fake.url)
    sender, patience = BulkSender(gateway, query="x=y", restore=restore), CountedPatience(most)
    try:
        return Sent(sender.send(sent, patience=patience), sender, patience.waits)
    finally:
        gateway.close()


@pytest.mark.parametrize(
    ("status", "error", "outcome", "reason"),
    [
        (409, {"type": "version_conflict_engine_exception"}, Outcome.DUPLICATE, None),
        (400, BAD_TYPE, Outcome.REJECTED, RejectReason.MAPPING),
        (413, {"type": "too_large"}, Outcome.REJECTED, RejectReason.TOO_LARGE),
    ],
)
def test_an_item_that_is_decided_is_not_sent_again(
    fake: FakeElasticsearch, status: int, error: dict[str, str], outcome: Outcome, reason: RejectReason | None
) -> None:
    fake.item_fault = lambda item, _: (status, error) if item == "s-1-2" else None
    sent = send(fake, items(3))
    assert sent.outcomes == [Outcome.STORED, outcome, Outcome.STORED]
    assert sent.results[1].reason == reason
    assert fake.sent == {"s-1-1": 1, "s-1-2": 1, "s-1-3": 1}
    assert sent.waits == []


@pytest.mark.parametrize(
    ("status", "error", "trouble"),
    [
        (429, FULL, Trouble.OVERLOADED),
        (502, {"type": "bad_gateway"}, Trouble.OVERLOADED),
        (503, {"type": "unavailable_shards_exception"}, Trouble.OVERLOADED),
        (504, {"type": "timeout"}, Trouble.OVERLOADED),
        (429, BLOCK, Trouble.BLOCKED),
        (403, BLOCK, Trouble.BLOCKED),
    ],
)
def test_an_item_that_may_succeed_later_is_sent_again_alone(
    fake: FakeElasticsearch, status: int, error: dict[str, str], trouble: Trouble
) -> None:
    fake.item_fault = lambda item, times: (status, error) if item == "s-1-2" and times <= 3 else None
    gateway = Gateway.connect(fake.url)
    sender = BulkSender(gateway, query="x=y", restore=lambda _: None)
    with pytest.raises(KhienError) as caught:
        sender.send(items(3), patience=CountedPatience(0))
    gateway.close()
    assert (caught.value.code, sender.state.trouble) == ("store.unavailable", trouble)
    fake.indices.clear()
    fake.sent.clear()
    sent = send(fake, items(3))
    assert sent.outcomes == [Outcome.STORED] * 3
    assert fake.sent == {"s-1-1": 1, "s-1-2": 4, "s-1-3": 1}
    assert sent.sender.state.retries == 3
    assert sent.sender.state.trouble is None


def test_the_state_names_the_trouble_while_it_lasts(fake: FakeElasticsearch) -> None:
    gateway = Gateway.connect(fake.url)
    sender = BulkSender(gateway, query="x=y", restore=lambda _: None)
    fake.item_fault = lambda _item, _times: (403, BLOCK)
    with pytest.raises(KhienError):
        sender.send(items(1), patience=CountedPatience(0))
    assert sender.state.trouble is Trouble.BLOCKED
    assert "flood-stage" in sender.state.detail
    gateway.close()


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("is_whole", [True, False])
def test_a_refused_key_stops_at_once_and_drops_nothing(fake: FakeElasticsearch, status: int, is_whole: bool) -> None:  # noqa: FBT001
    if is_whole:
        fake.request_fault = lambda _: (status, {"error": DENIED, "status": status})
    else:
        fake.item_fault = lambda _item, _times: (status, DENIED)
    with pytest.raises(KhienError) as caught:
        send(fake, items(2))
    assert caught.value.code == "store.refused"
    assert fake.bulk_requests == 1


@pytest.mark.parametrize(
    "fault",
    [
        "reset",
        "lost",
        "half",
        (429, {"error": FULL}),
        (503, {}),
        (200, {}),
        (200, {"items": [{}]}),
        (200, {"items": [{"create": 5}] * 3}),
    ],
)
def test_a_request_without_a_good_answer_is_sent_again_and_stores_once(fake: FakeElasticsearch, fault: Any) -> None:
    fake.request_fault = lambda number: fault if number <= 2 else None
    sent = send(fake, items(3))
    expected = Outcome.DUPLICATE if fault in ("lost", "half") else Outcome.STORED  # taken before it was answered
    assert sent.outcomes == [expected] * 3
    assert len(fake.events) == 3
    assert len(sent.waits) == 2


def test_a_request_that_is_too_large_is_halved_until_one_item_is_left(fake: FakeElasticsearch) -> None:
    def too_large(_: int) -> tuple[int, dict[str, Any]] | None:
        return (413, {"error": "too large"}) if fake.bulk_bytes > 1_000 else None

    fake.request_fault = too_large
    batch = items(8, size=100)
    batch[5] = BulkItem(batch[5].item_id, batch[5].index, batch[5].action, b'{"x":"' + b"z" * 2_000 + b'"}')
    sent = send(fake, batch)
    assert sent.outcomes == [Outcome.STORED] * 5 + [Outcome.REJECTED] + [Outcome.STORED] * 2
    assert sent.results[5].reason is RejectReason.TOO_LARGE
    assert sent.waits == []


def test_a_malformed_request_is_bisected_to_the_bad_item(fake: FakeElasticsearch) -> None:
    fake.request_fault = lambda _: (400, {"error": BAD_TYPE}) if b"poison" in fake.bulk_body else None
    batch = items(7)
    batch[2] = BulkItem(batch[2].item_id, batch[2].index, batch[2].action, b'{"x":"poison"}')
    assert send(fake, batch).outcomes == [Outcome.STORED] * 2 + [Outcome.REJECTED] + [Outcome.STORED] * 4


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_missing_template_is_restored_before_the_next_try(fake: FakeElasticsearch, is_whole: bool) -> None:  # noqa: FBT001
    fake.templates.clear()
    if is_whole:
        fake.request_fault = lambda number: (404, {"error": NO_INDEX}) if number == 1 else None
        fake.templates["khien-events"] = {}
    sent = send(fake, items(2))
    assert sent.outcomes == [Outcome.STORED] * 2
    assert sent.sender.state.restored == 1


def test_an_item_in_the_failure_store_is_rejected(fake: FakeElasticsearch) -> None:
    answer = {"errors": False, "items": [{"create": {"status": 201, "result": "created", "failure_store": "used"}}]}
    fake.request_fault = lambda _: (200, answer)
    sent = send(fake, items(1))
    assert (sent.results[0].outcome, sent.results[0].reason) == (Outcome.REJECTED, RejectReason.MAPPING)


def test_waits_grow_with_jitter_up_to_the_longest(fake: FakeElasticsearch) -> None:
    fake.request_fault = lambda number: (429, {"error": FULL}) if number <= 40 else None
    waits = send(fake, items(1)).waits
    assert all(0 <= wait <= min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**n) for n, wait in enumerate(waits))
    assert max(waits[10:]) > 30
    assert len({round(wait, 6) for wait in waits}) == 40


def test_no_request_is_larger_than_its_bounds(fake: FakeElasticsearch) -> None:
    largest: list[int] = []

    def measure(_: int) -> None:
        largest.append(fake.bulk_bytes)

    fake.request_fault = measure
    assert send(fake, items(REQUEST_ITEMS + 10)).outcomes == [Outcome.STORED] * (REQUEST_ITEMS + 10)
    assert fake.largest_bulk == REQUEST_ITEMS
    send(fake, items(100, size=60_000))
    assert max(largest) <= REQUEST_BYTES


def test_the_store_restores_template_and_alert_month_by_itself() -> None:
    with FakeElasticsearch() as fake:
        store = ElasticsearchEventStore.connect(fake.url, clock=SystemClock())
        fake.templates.clear()
        patience = CountedPatience()
        assert store.put_events(event_lines([1]), patience=patience).stored == 1
        fake.templates.clear()
        fake.aliases.clear()
        assert store.put_alerts([made_alert(1)], patience=patience).stored == 1
        assert fake.aliases == {"khien-alerts-2026.11"}
        assert sorted(fake.templates) == ["khien-alerts", "khien-events"]
        store.close()
