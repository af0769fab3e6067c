"""What every event store must do. Each implementation's test module inherits this class and gives it a store.

A store comes empty for the datasets named here; on a shared node the fixture takes care of that.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import pytest

from khien.errors import KhienError
from khien.store import AlertQuery, EventQuery, EventStore, FieldFilter, HealthState, Outcome, RejectReason
from tests.khien.store.made_events import SECOND, START, event_line, event_lines, made_alert

#: Long after and before every made event.
EVER = 400 * 86_400 * SECOND


def ask(
    *,
    datasets: Sequence[str] = ("live",),
    filters: Sequence[tuple[str, Sequence[str]]] = (),
    text: str | None = None,
    limit: int = 100,
) -> EventQuery:
    """A query over all times."""
    return EventQuery(
        datasets=tuple(datasets),
        start_us=START - EVER,
        end_us=START + EVER,
        filters=tuple(FieldFilter(name, tuple(values)) for name, values in filters),
        text=text,
        limit=limit,
    )


def found(store: EventStore, query: EventQuery) -> list[int]:
    """The seqs that a query finds, in its order."""
    return [json.loads(line)["khien"]["seq"] for line in store.search_events(query).lines]


class EventStoreContract:
    """Inherit and define the fixture `store`."""

    def test_each_new_event_is_stored_and_counted_by_its_dataset(self, store: EventStore) -> None:
        result = store.put_events(event_lines(range(1, 6)) + event_lines(range(11, 14), dataset="import:aa11"))
        store.flush()
        assert result.outcomes == (Outcome.STORED,) * 8
        assert (store.count("live"), store.count("import:aa11"), store.count("exercise:none")) == (5, 3, 0)

    def test_the_same_event_again_is_a_duplicate_wherever_it_stands_in_the_batch(self, store: EventStore) -> None:
        store.put_events(event_lines([1, 2, 3]))
        result = store.put_events(event_lines([4, 2, 5, 3, 5]))
        store.flush()
        stored, duplicate = Outcome.STORED, Outcome.DUPLICATE
        assert result.outcomes == (stored, duplicate, stored, duplicate, duplicate)
        assert store.count("live") == 5

    def test_an_event_put_again_on_the_next_day_is_still_a_duplicate(self, store: EventStore) -> None:
        today = event_line(1, ingested_us=START)
        store.put_events(today)
        store.put_events(event_line(2, ingested_us=START + 86_400 * SECOND))
        assert store.put_events(today).outcomes == (Outcome.DUPLICATE,)
        store.flush()
        assert list(store.event_ids("live")) == ["gate.one-1-1", "gate.one-1-2"]

    def test_a_bad_line_is_rejected_alone_with_its_reason_and_place(self, store: EventStore) -> None:
        unstamped = b'{"@timestamp":"2026-11-10T02:00:00.000000Z","event":{"kind":"event"},"khien":{"dataset":"live"}}\n'
        no_time = event_line(8).replace(b'"@timestamp":"2026', b'"@timestamp":"x026')
        long = event_line(9, members={"message": "x" * 66_000})
        result = store.put_events(event_line(1) + b"not json\n" + unstamped + no_time + b"\n" + long + b"[1]\n" + event_line(2))
        reasons = [(one.index, one.reason) for one in result.rejections]
        frame, parse = RejectReason.LINE_FRAME, RejectReason.PARSE_LINE
        assert sorted(reasons) == [(1, parse), (2, frame), (3, frame), (4, parse), (5, RejectReason.TOO_LARGE), (6, parse)]
        assert [result.outcomes[index] for index in (0, 7)] == [Outcome.STORED, Outcome.STORED]
        assert result.stored + result.duplicates + result.rejected == 8

    def test_a_line_comes_back_as_it_was_put(self, store: EventStore) -> None:
        line = event_line(1, members={"message": 'Sự cố tại Đà Nẵng \\x80 "quoted"\t\u0001', "destination": {"port": 443}})
        store.put_events(line)
        store.flush()
        got = store.get_events(["gate.one-1-1", "gate.one-1-99"])
        assert got == {"gate.one-1-1": line.rstrip(b"\n")}
        assert store.search_events(ask()).lines == (line.rstrip(b"\n"),)

    def test_get_can_be_narrowed_to_a_dataset(self, store: EventStore) -> None:
        store.put_events(event_line(1) + event_line(2, dataset="import:aa11"))
        store.flush()
        ids = ["gate.one-1-1", "gate.one-1-2"]
        assert list(store.get_events(ids, dataset="import:aa11")) == ["gate.one-1-2"]
        assert sorted(store.get_events(ids)) == ids

    def test_search_sees_only_the_datasets_and_the_half_open_time_range_asked(self, store: EventStore) -> None:
        store.put_events(event_lines(range(1, 8)) + event_lines(range(11, 14), dataset="import:aa11"))
        store.flush()
        query = EventQuery(datasets=("live",), start_us=START + 2 * SECOND, end_us=START + 5 * SECOND)
        assert found(store, query) == [4, 3, 2]
        assert found(store, ask(datasets=["import:aa11"])) == [13, 12, 11]
        assert found(store, ask(datasets=["import:aa11", "live"], limit=4)) == [13, 12, 11, 7]

    def test_pages_follow_one_another_without_gap_or_overlap_even_at_equal_times(self, store: EventStore) -> None:
        times = [START + SECOND * (seq // 4) for seq in range(30)]
        lines = [event_line(seq, time_us=times[seq], ingested_us=START + seq % 3 * 86_400 * SECOND) for seq in range(30)]
        random.Random(7).shuffle(lines)
        store.put_events(b"".join(lines))
        store.flush()
        for oldest_first in (False, True):
            seen: list[tuple[int, str]] = []
            after, pages = None, 0
            while True:
                query = EventQuery(
                    datasets=("live",), start_us=START, end_us=START + EVER, limit=7, after=after, oldest_first=oldest_first
                )
                page = store.search_events(query)
                seen += [(times[json.loads(line)["khien"]["seq"]], json.loads(line)["event"]["id"]) for line in page.lines]
                pages += 1
                after = page.after
                if after is None:
                    break
            expected = sorted((times[seq], f"gate.one-1-{seq}") for seq in range(30))
            assert seen == (expected if oldest_first else expected[::-1])
            assert pages == 5

    def test_microseconds_decide_the_order(self, store: EventStore) -> None:
        store.put_events(b"".join(event_line(seq, time_us=START + offset) for seq, offset in [(1, 2), (2, 1), (3, 3)]))
        store.flush()
        assert found(store, ask()) == [3, 1, 2]
        assert found(store, EventQuery(datasets=("live",), start_us=START + 2, end_us=START + 3)) == [1]

    def test_an_event_one_microsecond_inside_either_end_is_found(self, store: EventStore) -> None:
        store.put_events(event_line(1, time_us=START))
        store.flush()
        for start, end, expected in [(START, START + 1, [1]), (START - 1, START, []), (START + 1, START + 2, [])]:
            assert found(store, EventQuery(datasets=("live",), start_us=start, end_us=end)) == expected

    @pytest.mark.parametrize(
        ("field", "values", "expected"),
        [
            ("source.ip", ["10.1.2.3"], [1]),
            ("source.ip", ["10.1.0.0/16"], [2, 1]),
            ("source.ip", ["2001:DB8::5"], [3]),
            ("destination.port", ["443"], [2, 1]),
            ("destination.port", ["443", "53"], [3, 2, 1]),
            ("dns.answers.data", ["192.0.2.7"], [3]),
            ("tls.established", ["true"], [1]),
            ("user.name", ["Nguyễn Văn A"], [2]),
            ("user.name", ["nguyễn văn a"], []),
            ("event.dataset", ["network.dns"], []),
            ("event.category", ["network"], [3, 2, 1]),
            ("khien.extra.shape", ["round"], [3]),
            ("khien.extra.deep.count", ["5"], [3]),
            ("http.response.status_code", ["200"], []),
        ],
    )
    def test_a_filter_holds_when_the_field_has_one_of_the_values(
        self, store: EventStore, field: str, values: list[str], expected: list[int]
    ) -> None:
        first: dict[str, object] = {"source": {"ip": "10.1.2.3"}, "destination": {"port": 443}, "tls": {"established": True}}
        second: dict[str, object] = {"source": {"ip": "10.1.200.3"}, "destination": {"port": 443}, "user": {"name": "Nguyễn Văn A"}}
        third: dict[str, object] = {
            "source": {"ip": "2001:db8::5"},
            "destination": {"port": 53},
            "tls": {"established": False},
            "dns": {"answers": [{"data": "192.0.2.6"}, {"data": "192.0.2.7"}]},
        }
        extra = event_line(3, members=third).replace(b'"seq":3', b'"seq":3,"extra":{"shape":"round","deep":{"count":5}}')
        store.put_events(event_line(1, members=first) + event_line(2, members=second) + extra)
        store.flush()
        assert found(store, ask(filters=[(field, values)])) == expected

    def test_filters_hold_together_with_text(self, store: EventStore) -> None:
        store.put_events(
            event_line(1, members={"message": "đăng nhập thất bại", "user": {"name": "an"}})
            + event_line(2, members={"message": "đăng nhập thất bại", "user": {"name": "bình"}})
            + event_line(3, members={"message": "đăng xuất", "user": {"name": "an"}})
        )
        store.flush()
        assert found(store, ask(filters=[("user.name", ["an"])], text="that bai")) == [1]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("su co", [1]),
            ("SỰ CỐ", [1]),
            ("sự cố", [1]),
            ("da nang", [2, 1]),
            ("ĐÀ NẴNG", [2, 1]),
            ("đà", [2, 1]),
            ("co su", [1]),
            ('"co su"', []),
            ('"su co"', [1]),
            ("nan*", [2, 1]),
            ("nan", []),
            ("portal.example.vn", [3]),
            ("example", [3]),
            ("vn.example", []),
            ("may chu su", [1]),
            ("may chu hue", []),
            ("* OR NOT (", []),
            ('NEAR("a" b) OR da', []),
            ("nang', DROP TABLE event", []),
            ("message:nang", []),
        ],
    )
    def test_text_finds_words_without_marks_and_case(self, store: EventStore, text: str, expected: list[int]) -> None:
        decomposed = "Đa\u0300 Na\u0306\u0303ng bình thường"  # NFD, as a Mac's file name would arrive
        store.put_events(
            event_line(1, members={"message": "Sự cố tại máy chủ Đà Nẵng"})
            + event_line(2, members={"message": decomposed})
            + event_line(3, members={"dns": {"question": {"name": "portal.example.vn"}}})
        )
        store.flush()
        assert found(store, ask(text=text)) == expected

    def test_text_without_a_letter_or_digit_is_refused(self, store: EventStore) -> None:
        with pytest.raises(KhienError) as caught:
            store.search_events(ask(text="***"))
        assert caught.value.code == "store.bad_query"

    def test_no_phrase_spans_two_fields(self, store: EventStore) -> None:
        store.put_events(event_line(1, members={"message": "alpha", "user": {"name": "beta"}}))
        store.flush()
        assert found(store, ask(text="alpha beta")) == [1]
        assert found(store, ask(text='"alpha beta"')) == []

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("no.such.field", "x", "store.unknown_field"),
            ("message", "x", "store.unknown_field"),
            ("khien.extra", "x", "store.unknown_field"),
            ("source.ip", "not an address", "store.bad_query"),
            ("source.port", "http", "store.bad_query"),
            ("tls.established", "yes", "store.bad_query"),
        ],
    )
    def test_a_filter_that_cannot_hold_is_refused_by_name(self, store: EventStore, field: str, value: str, code: str) -> None:
        store.put_events(event_line(1))
        store.flush()
        with pytest.raises(KhienError) as caught:
            store.search_events(ask(filters=[(field, [value])]))
        assert caught.value.code == code

    def test_event_ids_are_all_ids_of_a_dataset_ascending(self, store: EventStore) -> None:
        numbers = list(range(1, 1_201))
        random.Random(3).shuffle(numbers)
        store.put_events(event_lines(numbers[:700], dataset="exercise:lab"))
        store.put_events(event_lines(numbers[700:], dataset="exercise:lab") + event_line(5000))
        store.flush()
        assert list(store.event_ids("exercise:lab")) == sorted(f"gate.one-1-{seq}" for seq in numbers)

    def test_an_alert_comes_back_whole(self, store: EventStore) -> None:
        alert = made_alert(1, hits=7)
        assert store.put_alerts([alert]).outcomes == (Outcome.STORED,)
        store.flush()
        assert store.get_alerts([alert.id, "f" * 32]) == {alert.id: alert}

    def test_an_alert_with_more_hits_is_an_update_and_with_the_same_or_fewer_a_duplicate(self, store: EventStore) -> None:
        first, grown = made_alert(1, hits=5), made_alert(1, hits=9)
        outcomes = [store.put_alerts([alert]).outcomes[0] for alert in (first, first, grown, first, grown)]
        stored, updated, duplicate = Outcome.STORED, Outcome.UPDATED, Outcome.DUPLICATE
        assert outcomes == [stored, duplicate, updated, duplicate, duplicate]
        store.flush()
        assert store.get_alerts([first.id]) == {first.id: grown}
        assert list(store.alert_ids("live")) == [first.id]

    def test_an_alert_that_was_superseded_is_an_update(self, store: EventStore) -> None:
        store.put_alerts([made_alert(1)])
        superseded = made_alert(1, superseded_by="e" * 32)
        assert store.put_alerts([superseded]).outcomes == (Outcome.UPDATED,)
        store.flush()
        assert store.get_alerts([superseded.id])[superseded.id].superseded_by == "e" * 32

    def test_what_late_events_changed_outdoes_what_was_said_before(self, store: EventStore) -> None:
        first = made_alert(1, hits=9)
        amended = made_alert(1, hits=2).model_copy(update={"amended": 1, "withdrawn": True})
        outcomes = [store.put_alerts([alert]).outcomes[0] for alert in (first, amended, first, amended)]
        assert outcomes == [Outcome.STORED, Outcome.UPDATED, Outcome.DUPLICATE, Outcome.DUPLICATE]
        store.flush()
        assert store.get_alerts([first.id]) == {first.id: amended}

    def test_alerts_are_searched_by_time_severity_rule_and_entity(self, store: EventStore) -> None:
        from khien.alert import Level  # noqa: PLC0415

        alerts = [made_alert(number, level=Level.LOW if number % 2 else Level.HIGH) for number in range(6)]
        alerts.append(made_alert(77, dataset="import:aa11"))
        store.put_alerts(alerts)
        store.flush()

        def numbers(**more: object) -> list[int]:
            query = AlertQuery(datasets=("live",), start_us=START, end_us=START + EVER, **more)  # type: ignore[arg-type]
            return [int(alert.id, 16) for alert in store.search_alerts(query).alerts]

        assert numbers() == [5, 4, 3, 2, 1, 0]
        assert numbers(least_severity=3) == [4, 2, 0]
        assert numbers(rule_ids=("rule-1", "rule-2")) == [5, 4, 2, 1]
        assert numbers(entity="203.0.113.4") == [4]
        bounded = AlertQuery(datasets=("live", "import:aa11"), start_us=START + SECOND, end_us=START + 3 * SECOND)
        assert [int(alert.id, 16) for alert in store.search_alerts(bounded).alerts] == [2, 1]

    def test_pages_of_alerts_follow_one_another(self, store: EventStore) -> None:
        store.put_alerts([made_alert(number, first_us=START + number // 3 * SECOND) for number in range(10)])
        store.flush()
        seen: list[int] = []
        after = None
        while True:
            page = store.search_alerts(AlertQuery(datasets=("live",), start_us=START, end_us=START + EVER, limit=4, after=after))
            seen += [int(alert.id, 16) for alert in page.alerts]
            after = page.after
            if after is None:
                break
        assert seen == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]

    def test_alerts_of_two_months_are_both_found(self, store: EventStore) -> None:
        months = [made_alert(1, first_us=START), made_alert(2, first_us=START + 40 * 86_400 * SECOND)]
        store.put_alerts(months)
        store.flush()
        assert store.get_alerts([alert.id for alert in months]) == {alert.id: alert for alert in months}
        assert sorted(store.alert_ids("live")) == [alert.id for alert in months]

    def test_an_empty_store_answers_with_nothing(self, store: EventStore) -> None:
        assert store.search_events(ask()).lines == ()
        assert store.get_events(["gate.one-1-1"]) == {}
        assert list(store.event_ids("live")) == []
        assert store.get_alerts(["a" * 32]) == {}
        assert store.put_events(b"").outcomes == ()
        assert store.put_alerts([]).outcomes == ()
        assert store.health().state is not HealthState.DOWN
