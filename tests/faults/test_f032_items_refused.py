"""F032: HTTP 200, and three items in ten were refused with 429. Every event arrives, once."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from tests.faults.fake_elasticsearch import FULL, FakeElasticsearch
from tests.faults.feed_bench import feed_bench, wait_for
from tests.khien.store.made_events import event_lines


def three_in_ten_twice(item_id: str, times: int) -> tuple[int, dict[str, str]] | None:
    """The same three items in ten are refused the first two times."""
    return (429, FULL) if times <= 2 and zlib.crc32(item_id.encode()) % 10 < 3 else None


@pytest.mark.fault("F032")
def test_items_refused_inside_an_accepted_request_are_sent_again_and_only_those(tmp_path: Path) -> None:
    fake = FakeElasticsearch(item_fault=three_in_ten_twice)
    with fake, feed_bench(tmp_path, fake.url) as bench:
        bench.store.put_events(event_lines(range(1, 2_001)))
        with bench.running():
            wait_for(bench.caught_up)
        ledger = bench.feed.ledger()
        refused = [item for item in fake.sent if zlib.crc32(item.encode()) % 10 < 3]
        assert sorted(fake.events) == sorted(bench.store.event_ids("live"))
        assert {fake.sent[item] for item in refused} == {3}
        assert {times for item, times in fake.sent.items() if item not in set(refused)} == {1}
        assert 500 < len(refused) < 700
    assert ledger.is_balanced
    assert (ledger.stored, ledger.duplicates, ledger.rejected) == (2_000, 0, 0)
