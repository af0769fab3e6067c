import { expect, test } from "vitest";
import { eventTimeUs, sliceHits } from "./hits";

const event = (document: Record<string, unknown> | null) => ({ id: "gw-1-1", exists: document !== null, document });

test("microseconds of an event's time are kept", () => {
  expect(eventTimeUs(event({ "@timestamp": "1970-01-01T00:00:01.000002Z" }))).toBe(1_000_002);
  expect(eventTimeUs(event({ "@timestamp": "1970-01-01T00:00:01.5Z" }))).toBe(1_500_000);
});

test("a document without a readable time has none", () => {
  expect(eventTimeUs(event({ "@timestamp": "yesterday" }))).toBeUndefined();
  expect(eventTimeUs(event({ "@timestamp": 7 }))).toBeUndefined();
  expect(eventTimeUs(event(null))).toBeUndefined();
});

test("both ends of the window are inside, what lies outside is not counted", () => {
  expect(sliceHits([0, 10, 99, 100, 101, -1], 0, 100, 2).map((slice) => slice.count)).toEqual([2, 2]);
});

test("a window of one instant still counts its hits", () => {
  expect(sliceHits([5, 5], 5, 5, 3).reduce((sum, slice) => sum + slice.count, 0)).toBe(2);
});
