"""A correlation at the edges of its window, whatever its kind: found by running it, not by knowing how it counts.

Of a true case the shortest run of events that still fires is kept; its last event then moves to the very end of the window (must
fire) and one microsecond beyond (must not). A condition with `not` is silent because of an event: that event moves instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from correlator.plan import AllOf, AnyOf, CorrelationRule, Expression, MemberHit, NotHit
from correlator.rule_tests.verdict import Verdict
from khien.alert import Alert
from khien.clock import format_utc, parse_utc

_TIME = slice(len('{"@timestamp":"'), len('{"@timestamp":"') + 27)

Run = Callable[[Sequence[bytes]], list[Alert]]
Hits = Callable[[int], list[int]]


def rising_edges(name: str, rule: CorrelationRule, lines: Sequence[bytes], run: Run) -> Iterator[Verdict]:
    """Of a true case of a correlation that rises: just enough, one less, the window exactly full, and too wide."""
    chosen = _just_enough(sorted(lines, key=time_of), run)
    alerts = run(chosen)
    start_us = alerts[0].window.start_us if alerts else time_of(chosen[-1])
    if time_of(chosen[-1]) <= start_us:
        yield Verdict(f"{name}: boundary", note="left out: a single moment fires, so nothing can be moved apart")
        return
    yield Verdict(f"{name}: just enough", None if len(alerts) == 1 else f"{len(alerts)} alerts of the events that fired")
    fewer = run(chosen[:-1]) or run(chosen[1:])
    yield Verdict(f"{name}: one less", "fires with one event less" if fewer else None)
    end_us = start_us + rule.timespan_us
    full, over = _last_at(rule, chosen, start_us, end_us), _last_at(rule, chosen, start_us, end_us + 1)
    yield Verdict(f"{name}: window exactly full", None if run(full) else "silent when the window is exactly full")
    yield Verdict(f"{name}: 1 µs too wide", "fires 1 µs beyond the timespan" if run(over) else None)


def absence_edges(name: str, rule: CorrelationRule, lines: Sequence[bytes], run: Run, hits: Hits) -> Iterator[Verdict]:
    """Of a false case of a condition with `not`: what keeps it silent does so to the window's last moment, and not beyond.

    `hits`: the places of the lines that a detection hits.
    """
    numbers = [rule.members[position].number for position in sorted(_negated(rule.expression, is_negated=False))]
    silencing = {place for number in numbers if number is not None for place in hits(number)}
    others = [line for place, line in enumerate(lines) if place not in silencing]
    if not silencing or not others or run(lines):
        return
    alerts = run(others)
    if len(alerts) != 1:
        return
    end_us = alerts[0].window.start_us + rule.timespan_us
    kept = [moved(lines[place], end_us) for place in sorted(silencing)]
    late = [moved(lines[place], end_us + 1) for place in sorted(silencing)]
    yield Verdict(f"{name}: silenced at the last moment", "fires all the same" if run([*others, *kept]) else None)
    yield Verdict(f"{name}: 1 µs too late", None if run([*others, *late]) else "silenced 1 µs beyond the timespan")


def time_of(line: bytes) -> int:
    """The event time of a framed line."""
    return parse_utc(line[_TIME].decode("ascii"))


def moved(line: bytes, time_us: int) -> bytes:
    """The same event at another time."""
    return line[: _TIME.start] + format_utc(time_us).encode() + line[_TIME.stop :]


def _just_enough(lines: Sequence[bytes], run: Run) -> Sequence[bytes]:
    """The shortest beginning that fires, then its shortest end: more events never make a rising condition false."""
    low, high = 1, len(lines)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if run(lines[:middle]) else (middle + 1, high)
    lines = lines[:low]
    first, last = 0, len(lines) - 1
    while first < last:
        middle = (first + last + 1) // 2
        first, last = (middle, last) if run(lines[middle:]) else (first, middle - 1)
    return lines[first:]


def _last_at(rule: CorrelationRule, lines: Sequence[bytes], start_us: int, end_us: int) -> list[bytes]:
    """The last event at this time. Of a chain all that came after the window began move together: they make an inner alert."""
    if all(member.watch is None for member in rule.members):
        return [*lines[:-1], moved(lines[-1], end_us)]
    shift_us = end_us - time_of(lines[-1])
    return [moved(line, time_of(line) + shift_us) if time_of(line) > start_us else line for line in lines]


def _negated(expression: Expression | None, *, is_negated: bool) -> set[int]:
    """The positions of the members that must be absent. Depth was bounded when the condition was read."""
    match expression:
        case None:
            return set()
        case MemberHit(position):
            return {position} if is_negated else set()
        case NotHit(node):
            return _negated(node, is_negated=not is_negated)
        case AllOf(nodes) | AnyOf(nodes):
            return {position for node in nodes for position in _negated(node, is_negated=is_negated)}
