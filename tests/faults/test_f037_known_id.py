"""F037: 409, the id is there. It counts as a duplicate, not as an error and not as stored."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.faults.fake_elasticsearch import FakeElasticsearch
from tests.faults.feed_bench import feed_bench, wait_for
from tests.khien.store.made_events import event_lines


def feed_twice(tmp_path: Path, url: str, prefix: str) -> None:
    """Feed 300 events; forget the position; put 100 more; feed again."""
    with feed_bench(tmp_path, url, prefix=prefix) as bench:
        bench.store.put_events(event_lines(range(1, 301)))
        with bench.running():
            wait_for(bench.caught_up, seconds=60)
        assert bench.feed.ledger().stored == 300
    for path in (tmp_path / "events").glob("feed.db*"):
        path.unlink()  # the writer's disk was restored from before it began
    with feed_bench(tmp_path, url, prefix=prefix) as bench:
        bench.store.put_events(event_lines(range(301, 401)))
        with bench.running():
            wait_for(bench.caught_up, seconds=60)
        ledger = bench.feed.ledger()
        assert (ledger.held, ledger.stored, ledger.duplicates, ledger.rejected) == (400, 100, 300, 0)
        assert ledger.is_balanced
        target = bench.connect()
        target.flush()
        assert target.count("live") == 400
        target.close()


@pytest.mark.fault("F037")
def test_an_id_that_is_there_counts_as_a_duplicate(tmp_path: Path) -> None:
    with FakeElasticsearch() as fake:
        feed_twice(tmp_path, fake.url, "khien")
        assert len(fake.events) == 400


@pytest.mark.fault("F037")
@pytest.mark.elasticsearch
def test_a_real_node_says_409_and_keeps_each_event_once(tmp_path: Path, elasticsearch_url: str) -> None:
    feed_twice(tmp_path, elasticsearch_url, f"t{uuid.uuid4().hex[:12]}")
