"""The gap ledger: spans without holes, mended and never made worse."""

from __future__ import annotations

import random

import pytest

from correlator.gaps import MOST_SPANS, GapLedger, How, Span


def spans(ledger: GapLedger) -> list[tuple[int, int, str]]:
    return [(span.from_us, span.to_us, span.how.value) for span in ledger.spans]


def absent() -> GapLedger:
    ledger = GapLedger()
    for to_us, how in ((0, How.IN_TIME), (50, How.IN_TIME), (100, How.IN_TIME), (200, How.MISSING), (300, How.IN_TIME)):
        ledger.advance(to_us, how)
    return ledger


def test_time_without_a_source_is_a_gap() -> None:
    ledger = absent()
    assert spans(ledger) == [(0, 100, "in_time"), (100, 200, "missing"), (200, 300, "in_time")]
    assert ledger.gaps() == [Span(100, 200, How.MISSING)]
    assert ledger.gaps(from_us=200) == []


def test_a_source_begins_where_it_first_speaks_and_time_does_not_go_back() -> None:
    ledger = GapLedger()
    ledger.advance(70, How.IN_TIME)
    ledger.advance(60, How.MISSING)
    ledger.advance(80, How.MISSING)
    assert spans(ledger) == [(70, 80, "missing")]


def test_a_backlog_fills_the_gap_first_alone_then_again() -> None:
    ledger = absent()
    ledger.mend(90, 150, How.ALONE)
    assert spans(ledger) == [(0, 100, "in_time"), (100, 150, "alone"), (150, 200, "missing"), (200, 300, "in_time")]
    ledger.mend(0, 300, How.AGAIN)
    assert ledger.gaps() == []
    assert spans(ledger) == [(0, 100, "in_time"), (100, 200, "again"), (200, 300, "in_time")]


@pytest.mark.parametrize(
    ("begin", "end", "complete"),
    [(0, 100, True), (0, 101, False), (99, 100, True), (150, 160, False), (200, 300, True), (250, 301, False)],
)
def test_a_time_is_complete_when_all_of_it_was_evaluated_together(begin: int, end: int, *, complete: bool) -> None:
    assert absent().is_complete(begin, end) is complete


def test_a_source_that_never_spoke_is_complete_for_no_time() -> None:
    assert not GapLedger().is_complete(0, 1)


def test_it_is_bounded_and_never_says_better_than_it_was() -> None:
    ledger = GapLedger()
    for number in range(3 * MOST_SPANS):
        ledger.advance(number, How.MISSING if number % 2 else How.IN_TIME)
    assert len(ledger.spans) == MOST_SPANS
    assert ledger.spans[0].how is How.MISSING
    assert (ledger.spans[0].from_us, ledger.to_us) == (0, 3 * MOST_SPANS - 1)


def test_spans_follow_one_another_whatever_happens() -> None:
    for seed in range(50):
        chance, ledger = random.Random(seed), GapLedger()
        best = dict.fromkeys(range(100), -1)
        ledger.advance(0, How.IN_TIME)
        for _ in range(30):
            if chance.random() < 0.5:
                begin, end, how = ledger.to_us or 0, min((ledger.to_us or 0) + chance.randint(0, 9), 100), chance.choice(list(How))
                ledger.advance(end, how)
            else:
                begin, end = sorted(chance.sample(range(101), 2))
                how = chance.choice(list(How))
                end = min(end, ledger.to_us or 0)
                ledger.mend(begin, end, how)
            for time in range(begin, end):
                best[time] = max(best[time], list(How).index(how))
        assert all(one.to_us == two.from_us for one, two in zip(ledger.spans, ledger.spans[1:], strict=False))
        said = {time: list(How).index(span.how) for span in ledger.spans for time in range(span.from_us, span.to_us)}
        assert said == {time: rank for time, rank in best.items() if time < (ledger.to_us or 0)}
