"""F031: Elasticsearch down, then back. The ledger balances, nothing is doubled, and people see alerts meanwhile."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from khien.store import AlertQuery
from tests.faults.cut_proxy import CutProxy
from tests.faults.fake_elasticsearch import FakeElasticsearch
from tests.faults.feed_bench import FeedBench, feed_bench, wait_for
from tests.khien.store.made_events import START, event_lines, made_alert


def put_through_an_outage(bench: FeedBench, *, down: object, up: object, batch: int) -> None:
    """A batch before, three during, one after the outage; an alert in the middle of it."""
    assert callable(down)
    assert callable(up)
    bench.store.put_events(event_lines(range(1, batch + 1)))
    with bench.running():
        wait_for(bench.caught_up, seconds=60)
        down()
        for part in range(1, 4):
            bench.store.put_events(event_lines(range(part * batch + 1, (part + 1) * batch + 1)))
        wait_for(lambda: bench.feed.trouble is not None or bench.sender_waits())
        began = time.monotonic()
        bench.store.put_alerts([made_alert(1, hits=3)])
        query = AlertQuery(datasets=("live",), start_us=START, end_us=START + 10**9)
        assert len(bench.store.search_alerts(query).alerts) == 1
        assert time.monotonic() - began < 5
        assert bench.feed.ledger().waiting == 3 * batch
        up()
        bench.store.put_events(event_lines(range(4 * batch + 1, 5 * batch + 1)))
        wait_for(bench.caught_up, seconds=90)
        wait_for(lambda: bench.feed.trouble is None)


@pytest.mark.fault("F031")
def test_an_outage_leaves_the_ledger_balanced_and_nothing_twice(tmp_path: Path) -> None:
    fake = FakeElasticsearch()
    with fake, feed_bench(tmp_path, fake.url) as bench:
        put_through_an_outage(bench, down=fake.__exit__, up=fake.__enter__, batch=700)
        ledger = bench.feed.ledger()
        assert sorted(fake.events) == sorted(bench.store.event_ids("live"))
    assert ledger.is_balanced
    assert (ledger.held, ledger.stored, ledger.waiting, ledger.rejected) == (3500, 3500, 0, 0)


@pytest.mark.fault("F031")
@pytest.mark.elasticsearch
def test_a_real_node_cut_off_in_the_middle_of_bulks_ends_with_every_event_once(tmp_path: Path, elasticsearch_url: str) -> None:
    with CutProxy(elasticsearch_url) as proxy, feed_bench(tmp_path, proxy.url) as bench:
        bench.store.put_events(event_lines(range(1, 20_001)))
        with bench.running():
            wait_for(lambda: bench.feed.ledger().stored > 0, seconds=60)
            proxy.cut()  # bulks are under way: some are stored and never acknowledged
            bench.store.put_events(event_lines(range(20_001, 22_001)))
            wait_for(lambda: bench.feed.trouble is not None or bench.sender_waits())
            proxy.mend()
            wait_for(bench.caught_up, seconds=120)
        target = bench.connect()
        target.flush()
        ledger = bench.feed.ledger()
        assert list(target.event_ids("live")) == list(bench.store.event_ids("live"))
        assert target.count("live") == 22_000
        target.close()
    assert ledger.is_balanced
    assert (ledger.stored + ledger.duplicates, ledger.waiting, ledger.rejected) == (22_000, 0, 0)
