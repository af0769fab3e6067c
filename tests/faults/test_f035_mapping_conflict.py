"""F035: a mapping refuses events. They are kept raw with the reason, the rest goes on, and a replay after the fix works."""

from __future__ import annotations

import json
import threading
import urllib.request
from pathlib import Path

import pytest

from khien.schema.elasticsearch_template import event_template
from khien.store.feed import StopPatience
from tests.faults.fake_elasticsearch import BAD_TYPE, FakeElasticsearch
from tests.faults.feed_bench import FeedBench, feed_bench, wait_for
from tests.khien.store.made_events import event_line


def lines_with_users() -> list[bytes]:
    """Every fourth event names a user."""
    return [event_line(seq, members={"user": {"name": "an"}} if seq % 4 == 0 else None) for seq in range(1, 201)]


def feed_and_check_the_rejects(bench: FeedBench, lines: list[bytes]) -> None:
    """Everything is decided; the fifty events with a user are kept as they were put."""
    bench.store.put_events(b"".join(lines))
    with bench.running():
        wait_for(bench.caught_up, seconds=60)
    ledger = bench.feed.ledger()
    assert (ledger.held, ledger.stored, ledger.rejected, ledger.waiting) == (200, 150, 50, 0)
    assert ledger.is_balanced
    kept = bench.feed.rejected()
    assert [item.raw + b"\n" for item in kept] == [line for seq, line in enumerate(lines, start=1) if seq % 4 == 0]
    assert {item.reason for item in kept} == {"mapping"}
    assert "parsing_exception" in kept[0].detail


def replay_and_check_the_books(bench: FeedBench) -> None:
    """After the fix all fifty are stored and nothing is left behind."""
    assert bench.feed.replay_rejected(patience=StopPatience(threading.Event())) == 50
    ledger = bench.feed.ledger()
    assert (ledger.stored, ledger.rejected, ledger.is_balanced) == (200, 0, True)
    assert bench.feed.rejected() == []


@pytest.mark.fault("F035")
def test_refused_events_are_kept_raw_and_a_replay_after_the_fix_stores_them(tmp_path: Path) -> None:
    fake = FakeElasticsearch(item_fault=lambda item, _: (400, BAD_TYPE) if int(item.rpartition("-")[2]) % 4 == 0 else None)
    with fake, feed_bench(tmp_path, fake.url) as bench:
        feed_and_check_the_rejects(bench, lines_with_users())
        fake.item_fault = lambda _item, _times: None
        replay_and_check_the_books(bench)
        assert len(fake.events) == 200


@pytest.mark.fault("F035")
@pytest.mark.elasticsearch
def test_a_real_mapping_conflict_is_quarantined_and_replayed_after_template_and_rollover(
    tmp_path: Path, elasticsearch_url: str
) -> None:
    with feed_bench(tmp_path, elasticsearch_url) as bench:
        bench.feed.drain(patience=StopPatience(threading.Event()))  # connects, and brings our own template
        broken = event_template(prefix=bench.prefix, missing_types=frozenset({"match_only_text", "wildcard"}), replicas=0)
        broken["template"]["mappings"]["properties"]["user"]["properties"]["name"] = {"type": "long"}  # type: ignore[index]
        _call(elasticsearch_url, "PUT", f"/_index_template/{bench.prefix}-events", broken)
        feed_and_check_the_rejects(bench, lines_with_users())
        bench.connect().close()  # connecting brought our own template back; a rollover makes the stream use it
        _call(elasticsearch_url, "POST", f"/{bench.prefix}-events-live/_rollover")
        replay_and_check_the_books(bench)
        target = bench.connect()
        target.flush()
        assert target.count("live") == 200


def _call(url: str, method: str, path: str, body: object = None) -> None:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}{path}", data=data, method=method, headers={"content-type": "application/json"})
    urllib.request.urlopen(request, timeout=20).close()
