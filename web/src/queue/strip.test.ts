import { expect, test } from "vitest";
import { countIn, piecesOf, windowOf } from "./strip";

const STRIP = {
  from_us: 100,
  to_us: 140,
  width_us: 10,
  total: 5,
  bins: [
    { from_us: 100, counts: [1, 0, 0, 1] },
    { from_us: 130, counts: [0, 0, 3, 0] },
  ],
  now_us: 150,
};

test("pieces without groups are pieces too, and all of them together are the total", () => {
  const pieces = piecesOf(STRIP);
  expect(pieces.map((piece) => piece.total)).toEqual([2, 0, 0, 3]);
  expect(countIn(pieces, 100, 140)).toBe(STRIP.total);
});

test("a brush drawn backwards is the same window", () => {
  const pieces = piecesOf(STRIP);
  expect(windowOf(pieces, { first: 3, last: 1 })).toEqual({ since: 110, before: 140 });
  expect(windowOf(pieces, { first: 1, last: 3 })).toEqual({ since: 110, before: 140 });
});

test("an empty list has no pieces and no window", () => {
  expect(piecesOf({ ...STRIP, from_us: null, to_us: null, bins: [] })).toEqual([]);
  expect(windowOf([], { first: 0, last: 0 })).toBeUndefined();
});
