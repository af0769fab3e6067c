"""The cursor that feeds Elasticsearch: it resumes, it waits, it counts, it follows alerts and loses nothing in silence."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from khien.errors import KhienError
from khien.store.elasticsearch.bulk import REQUEST_ITEMS
from khien.store.feed import IN_FLIGHT, StopPatience
from tests.faults.fake_elasticsearch import FakeElasticsearch
from tests.faults.feed_bench import feed_bench, wait_for
from tests.khien.store.made_events import SECOND, START, event_line, event_lines, made_alert

DENIED = {"type": "security_exception", "reason": "unauthorized"}


def for_ever() -> StopPatience:
    """Patience that nobody ends."""
    return StopPatience(threading.Event())


def test_a_node_that_falls_silent_in_the_middle_is_a_trouble_and_no_endless_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("khien.store.feed.SILENT_SECONDS", 0.5)
    stop = threading.Event()
    with FakeElasticsearch() as fake, feed_bench(tmp_path, fake.url) as bench:
        bench.store.put_events(event_lines(range(1, 11)))
        assert bench.feed.drain(patience=for_ever()) == 10
        fake.__exit__()
        bench.store.put_events(event_lines(range(11, 21)))
        thread = threading.Thread(target=bench.feed.run, args=(stop,))
        thread.start()
        try:
            wait_for(lambda: bench.feed.trouble is not None)
        finally:
            stop.set()
            thread.join()
        assert bench.feed.trouble is not None
        assert bench.feed.trouble.code == "store.unavailable"


def test_the_position_outlives_the_process(tmp_path: Path) -> None:
    with FakeElasticsearch() as fake:
        with feed_bench(tmp_path, fake.url) as bench:
            bench.store.put_events(event_lines(range(1, 101)))
            assert bench.feed.drain(patience=for_ever()) == 100
        with feed_bench(tmp_path, fake.url, prefix=bench.prefix) as bench:
            bench.store.put_events(event_lines(range(101, 131)) + event_line(1, dataset="import:ab", sensor="ab"))
            assert bench.feed.drain(patience=for_ever()) == 31
            assert bench.feed.drain(patience=for_ever()) == 0
            assert bench.feed.ledger().stored == 131
        assert max(fake.sent.values()) == 1


def test_alerts_and_their_updates_are_followed(tmp_path: Path) -> None:
    with FakeElasticsearch() as fake, feed_bench(tmp_path, fake.url) as bench:
        bench.store.put_alerts([made_alert(number) for number in range(5)])
        assert bench.feed.drain(patience=for_ever()) == 5
        bench.store.put_alerts([made_alert(2, hits=40), made_alert(9)])
        assert bench.feed.drain(patience=for_ever()) == 2
        target = bench.connect()
        assert target.get_alerts([made_alert(2).id])[made_alert(2).id] == made_alert(2, hits=40)
        assert list(target.alert_ids("live")) == list(bench.store.alert_ids("live"))
        assert bench.feed.ledger().held == 0, "alerts are not events"


def test_a_live_event_does_not_wait_for_a_large_import(tmp_path: Path) -> None:
    with FakeElasticsearch() as fake, feed_bench(tmp_path, fake.url) as bench:
        bench.store.put_events(b"".join(event_line(n, dataset="import:ab", sensor="ab") for n in range(1, 10_001)))
        bench.store.put_events(event_lines([1]))
        seen_at: list[int] = []
        fake.item_fault = lambda item, _: seen_at.append(len(fake.sent)) if item == "gate.one-1-1" else None
        bench.feed.drain(patience=for_ever())
        assert seen_at[0] <= 6_001


def test_nothing_moves_while_the_node_is_away_and_the_writer_never_notices(tmp_path: Path) -> None:
    fake = FakeElasticsearch()
    with fake:
        url = fake.url
    with feed_bench(tmp_path, url) as bench:
        bench.store.put_events(event_lines(range(1, 11)))
        with bench.running():
            wait_for(lambda: bench.feed.trouble is not None)
            assert bench.feed.trouble is not None
            assert bench.feed.trouble.code == "store.unavailable"
            assert bench.store.put_events(event_lines(range(11, 21))).stored == 10
            ledger = bench.feed.ledger()
            assert (ledger.waiting, ledger.stored, ledger.is_balanced) == (20, 0, True)


def test_a_refused_key_stops_the_feed_and_keeps_every_event(tmp_path: Path) -> None:
    with FakeElasticsearch() as fake, feed_bench(tmp_path, fake.url) as bench:
        fake.item_fault = lambda _item, _times: (403, DENIED)
        bench.store.put_events(event_lines(range(1, 11)))
        with pytest.raises(KhienError) as caught:
            bench.feed.drain(patience=for_ever())
        assert caught.value.code == "store.refused"
        assert bench.feed.ledger().waiting == 10
        fake.item_fault = lambda _item, _times: None
        bench.feed.drain(patience=for_ever())
        ledger = bench.feed.ledger()
        assert (ledger.stored, ledger.waiting, ledger.is_balanced) == (10, 0, True)


def test_no_more_is_read_ahead_than_the_requests_under_way(tmp_path: Path) -> None:
    with FakeElasticsearch() as fake, feed_bench(tmp_path, fake.url) as bench:
        bench.store.put_events(event_lines(range(1, 12_001)))
        read: list[int] = []
        real_read = bench.feed._read

        def count_reads(*arguments: object, **named: object) -> object:
            rows = real_read(*arguments, **named)  # type: ignore[arg-type]
            read.append(len(rows))
            return rows

        bench.feed._read = count_reads  # type: ignore[method-assign,assignment]
        ahead: list[int] = []
        fake.request_fault = lambda _: ahead.append(sum(read) - len(fake.events))
        bench.feed.drain(patience=for_ever())
        assert sum(read) == 12_000
        assert max(ahead) <= (IN_FLIGHT + 1) * REQUEST_ITEMS


def test_a_day_that_was_dropped_before_it_was_fed_is_counted(tmp_path: Path) -> None:
    with FakeElasticsearch() as fake, feed_bench(tmp_path, fake.url) as bench:
        bench.store.put_events(event_lines(range(1, 31)))
        bench.feed.drain(patience=for_ever())
        bench.store.put_events(event_lines(range(31, 51)))
        bench.store.put_events(event_line(60, ingested_us=START + 86_400 * SECOND))
        oldest = next(file for file in bench.store._catalogue.files() if file.name == "2026-11-10.db")
        bench.store._drop(oldest, reason="quota")
        bench.feed.drain(patience=for_ever())
        ledger = bench.feed.ledger()
        assert (ledger.held, ledger.stored, ledger.dropped, ledger.waiting) == (51, 31, 20, 0)
        assert ledger.is_balanced


@pytest.mark.parametrize("crash_after", [1, 2, 3])
def test_a_crash_between_bulk_and_position_repeats_and_never_doubles(tmp_path: Path, crash_after: int) -> None:
    with FakeElasticsearch() as fake:
        with feed_bench(tmp_path, fake.url) as bench:
            bench.store.put_events(event_lines(range(1, 9_001)))
            moves = 0
            real_move = bench.feed._positions.move

            def move_until_the_crash(*arguments: object, **named: object) -> None:
                nonlocal moves
                moves += 1
                if moves > crash_after:
                    raise RuntimeError("the power went")
                real_move(*arguments, **named)  # type: ignore[arg-type]

            bench.feed._positions.move = move_until_the_crash  # type: ignore[method-assign]
            with pytest.raises(RuntimeError):
                bench.feed.drain(patience=for_ever())
        with feed_bench(tmp_path, fake.url, prefix=bench.prefix) as bench:
            bench.feed.drain(patience=for_ever())
            ledger = bench.feed.ledger()
        assert len(fake.events) == 9_000
        assert ledger.stored + ledger.duplicates == 9_000
        assert ledger.duplicates > 0
        assert ledger.is_balanced
