"""Cutting bytes into lines, whatever the pieces they come in."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from khien.delivery import LINE_BYTES
from sensor.sources.parser import LineCutter, Piece

LINES = st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")), max_size=60)


def cut(parts: list[bytes]) -> list[Piece]:
    cutter = LineCutter()
    pieces = [piece for part in parts for piece in cutter.feed(part)]
    return [*pieces, *cutter.end()]


@given(lines=LINES, cuts=st.lists(st.integers(0, 2_500), max_size=12), is_ended=st.booleans())
@example(lines=[b"x" * (LINE_BYTES + 1), b"y" * LINE_BYTES], cuts=[5, 70_000], is_ended=True)
@example(lines=[b"x" * LINE_BYTES, b"y" * 200_000, b"z"], cuts=[65_535, 65_536, 65_537, 65_538, 100_000], is_ended=False)
def test_lines_are_the_same_however_the_bytes_arrive(lines: list[bytes], cuts: list[int], is_ended: bool) -> None:  # noqa: FBT001
    data = b"".join(line + b"\n" for line in lines)
    if not is_ended:
        data = data[:-1]
    places = [0, *sorted(min(place, len(data)) for place in cuts), len(data)]
    pieces = cut([data[start:end] for start, end in pairwise(places)])
    wanted = [line for line in lines if len(line) <= LINE_BYTES]
    found = [line for piece in pieces for line in piece.lines]
    # An empty last line without newline cannot be told from nothing.
    assert found == (wanted if is_ended or not lines or lines[-1] else wanted[:-1])
    assert [len(line) for piece in pieces for line in piece.overlong] == [LINE_BYTES for line in lines if len(line) > LINE_BYTES]
    assert sum(piece.size for piece in pieces) == len(data)


def test_a_line_without_an_end_never_holds_more_than_a_line_may_have() -> None:
    cutter = LineCutter()
    for _ in range(500):
        assert cutter.feed(b"x" * 100_000) == []
    assert len(cutter._partial) <= LINE_BYTES + 1
    assert cutter.waiting_bytes == 50_000_000
