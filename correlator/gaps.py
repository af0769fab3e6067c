"""The gap ledger: of which event time each source was evaluated, and how (docs/concepts/late-repair.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

#: Spans kept of a source; beyond it the oldest two become one, of the worse kind.
MOST_SPANS = 1_000


class How(StrEnum):
    """How a span of time was evaluated, from the worst to the best."""

    MISSING = "missing"
    ALONE = "alone"
    AGAIN = "again"
    IN_TIME = "in_time"


@dataclass(frozen=True, slots=True)
class Span:
    """Event time from (inside) to (outside)."""

    from_us: int
    to_us: int
    how: How


@dataclass(slots=True)
class GapLedger:
    """One source's account. Spans follow one another without a hole; neighbours of one kind are one."""

    spans: tuple[Span, ...] = ()

    @property
    def to_us(self) -> int | None:
        """How far the account goes."""
        return self.spans[-1].to_us if self.spans else None

    def advance(self, to_us: int, how: How) -> None:
        """The time up to here was evaluated so, or passed without this source (`MISSING`)."""
        begin = self.to_us
        if begin is None:
            # A source begins where it first speaks.
            self.spans = (Span(to_us, to_us, how),)
        elif to_us > begin:
            last = self.spans[-1]
            if last.how is how:
                self.spans = (*self.spans[:-1], Span(last.from_us, to_us, how))
            else:
                self._put(Span(begin, to_us, how))

    def mend(self, from_us: int, to_us: int, how: How) -> None:
        """A part of what is there was evaluated otherwise; what was better stays."""
        kept: list[Span] = []
        for span in self.spans:
            low, high = max(span.from_us, from_us), min(span.to_us, to_us)
            if low >= high or _rank(span.how) >= _rank(how):
                kept.append(span)
                continue
            parts = [Span(span.from_us, low, span.how), Span(low, high, how), Span(high, span.to_us, span.how)]
            kept.extend(part for part in parts if part.from_us < part.to_us)
        self.spans = _joined(kept)

    def gaps(self, *, from_us: int | None = None) -> list[Span]:
        """What was missed, or seen only alone."""
        poor = [span for span in self.spans if span.how in {How.MISSING, How.ALONE}]
        return [span for span in poor if from_us is None or span.to_us > from_us]

    def is_complete(self, from_us: int, to_us: int) -> bool:
        """Whether all of this time was evaluated together with the other sources."""
        begin = self.spans[0].from_us if self.spans else None
        reaches = begin is not None and begin <= from_us and (self.to_us or 0) >= to_us
        return reaches and not any(span.from_us < to_us and span.to_us > from_us for span in self.gaps())

    def _put(self, span: Span) -> None:
        self.spans = _joined([*self.spans, span])


def _rank(how: How) -> int:
    return list(How).index(how)


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    found: list[Span] = []
    for span in spans:
        if found and (found[-1].how is span.how or found[-1].from_us == found[-1].to_us):
            found[-1] = Span(found[-1].from_us, span.to_us, span.how)
        else:
            found.append(span)
    while len(found) > MOST_SPANS:
        first, second = found[:2]
        found[:2] = [Span(first.from_us, second.to_us, min(first.how, second.how, key=_rank))]
    return tuple(found)
