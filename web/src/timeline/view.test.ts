import { expect, test } from "vitest";
import type { Mark } from "./marks";
import { blindOf, clustersOf, moved, quietsOf, showing, ticksOf, whole, zoomed } from "./view";

const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;
const BOUNDS = { fromUs: 0, toUs: 100 * HOUR };

function mark(atUs: number, endUs = atUs, isComplete = true): Mark {
  return {
    id: `m${atUs}`,
    sort: "alert",
    atUs,
    endUs,
    text: "",
    body: null,
    who: "",
    reference: "",
    severity: 1,
    hosts: [],
    sources: [],
    isComplete,
  };
}

test("the whole has room on both sides, also when there is one thing only", () => {
  expect(whole([mark(HOUR)])).toEqual({ fromUs: HOUR - MINUTE, toUs: HOUR + MINUTE });
  expect(whole([mark(0), mark(100 * HOUR)])).toEqual({ fromUs: 0, toUs: 103 * HOUR });
});

test("zooming keeps the point under it where it is, and ends at two seconds and at the whole", () => {
  const view = zoomed({ fromUs: 40 * HOUR, toUs: 60 * HOUR }, 0.5, 50 * HOUR, BOUNDS);
  expect(view).toEqual({ fromUs: 45 * HOUR, toUs: 55 * HOUR });
  expect(zoomed(view, 100, 50 * HOUR, BOUNDS)).toEqual(BOUNDS);
  const closest = zoomed(view, 1e-12, 50 * HOUR, BOUNDS);
  expect(closest.toUs - closest.fromUs).toBe(2_000_000);
});

test("moving stops at both ends and keeps the length", () => {
  expect(moved({ fromUs: 10 * HOUR, toUs: 20 * HOUR }, -5, BOUNDS)).toEqual({ fromUs: 0, toUs: 10 * HOUR });
  expect(moved({ fromUs: 80 * HOUR, toUs: 90 * HOUR }, 5, BOUNDS)).toEqual({ fromUs: 90 * HOUR, toUs: 100 * HOUR });
});

test("what is on screen stays; what is not is brought into the middle", () => {
  const view = { fromUs: 10 * HOUR, toUs: 20 * HOUR };
  expect(showing(view, 12 * HOUR, BOUNDS)).toBe(view);
  expect(showing(view, 50 * HOUR, BOUNDS)).toEqual({ fromUs: 45 * HOUR, toUs: 55 * HOUR });
});

test("ticks stand at whole local days: 17:00 UTC is midnight in Vietnam", () => {
  const day = 24 * HOUR;
  const from = Date.UTC(2026, 1, 27, 3) * 1000;
  expect(ticksOf({ fromUs: from, toUs: from + 3 * day }, 4)).toEqual(
    [27, 28, 29].map((date) => Date.UTC(2026, 1, date, 17) * 1000),
  );
  expect(ticksOf({ fromUs: 0, toUs: 9e15 }, 6).length).toBeLessThanOrEqual(7);
});

test("marks that would lie on each other stand as one, and none is lost", () => {
  const marks = [mark(0), mark(MINUTE), mark(10 * MINUTE), mark(50 * HOUR), mark(101 * HOUR)];
  const clusters = clustersOf(marks, BOUNDS, 5 * MINUTE);
  expect(clusters.map((cluster) => cluster.marks.length)).toEqual([2, 1, 1]);
});

test("a long alert that began before the view is in it", () => {
  expect(clustersOf([mark(0, 60 * HOUR)], { fromUs: 40 * HOUR, toUs: 50 * HOUR }, 1)).toHaveLength(1);
});

test("a stretch is quiet when nothing happens in it, not when a long alert runs through it", () => {
  expect(quietsOf([mark(0), mark(90 * HOUR)], BOUNDS)).toEqual([{ fromUs: 0, toUs: 90 * HOUR }]);
  expect(quietsOf([mark(0, 90 * HOUR), mark(90 * HOUR)], BOUNDS)).toEqual([]);
});

test("incomplete data are one stretch where alerts that say so meet", () => {
  expect(blindOf([mark(0, 10, false), mark(5, 20, false), mark(30, 40), mark(50, 60, false)])).toEqual([
    { fromUs: 0, toUs: 20 },
    { fromUs: 50, toUs: 60 },
  ]);
});
