import { expect, test } from "vitest";
import type { CalendarShift } from "../api/names";
import { addDays, dayOf, fromInput, hoursOf, lanesOf, mondayOf, placeIn, startOf, toInput, weekFrom } from "./week";

// Sunday 28 February 2027, 17:30 UTC is already Monday 1 March in Vietnam.
const US = Date.UTC(2027, 1, 28, 17, 30) * 1000;
const HOUR = 3_600_000_000;

const shift = (over: Partial<CalendarShift>): CalendarShift => ({
  person: { id: "a", name: { vi: "A", en: "A" }, home: "irt" },
  role: "irt.analyst",
  role_name: { vi: "Chuyên viên", en: "Analyst" },
  seat: "web",
  layer: "web",
  priority: 1,
  presence: "desk",
  source: "layer",
  reference: "",
  start_us: 0,
  end_us: 12 * HOUR,
  ...over,
});

test("days and weeks are those of Vietnam", () => {
  expect(dayOf(US)).toBe("2027-03-01");
  expect(mondayOf(US)).toBe("2027-03-01");
  expect(mondayOf(US - 31 * 60_000_000)).toBe("2027-02-22");
  expect(new Date(startOf("2027-03-01") / 1000).toISOString()).toBe("2027-02-28T17:00:00.000Z");
  expect(addDays("2027-02-28", 1)).toBe("2027-03-01");
});

test("an address may name any day, and what is no day names no week", () => {
  expect(weekFrom("2027-02-06")).toBe("2027-02-01");
  for (const raw of ["2027-13-40", "1999-01-01", "javascript:1", 7, undefined]) expect(weekFrom(raw)).toBeUndefined();
});

test("a field for day and hour holds local time", () => {
  expect(toInput(US)).toBe("2027-03-01T00:30");
  expect(fromInput("2027-03-01T00:30")).toBe(US);
  expect(fromInput("")).toBeUndefined();
});

test("a shift that begins before the week or ends after it is cut at its edges", () => {
  const week = startOf("2027-03-01");
  expect(placeIn(week, week - HOUR, week + 84 * HOUR)).toEqual({ left: 0, width: 50 });
  expect(placeIn(week, week + 126 * HOUR, week + 999 * HOUR)).toEqual({ left: 75, width: 25 });
  expect(placeIn(week, week - 2 * HOUR, week)).toBeUndefined();
});

test("who stands by comes last and who was added has a lane of their own", () => {
  const lanes = lanesOf([shift({ seat: "standby", priority: 2 }), shift({}), shift({ source: "added" })]);
  expect(lanes.map((lane) => [lane.seat, lane.isAdded])).toEqual([
    ["web", false],
    ["web", true],
    ["standby", false],
  ]);
});

test("hours count what lies inside the span, and standing by is none", () => {
  const found = hoursOf(
    [shift({}), shift({ start_us: 6 * HOUR, end_us: 18 * HOUR }), shift({ priority: 2 })],
    0,
    12 * HOUR,
  );
  expect(found.map(({ hours, shifts }) => [hours, shifts])).toEqual([[18, 2]]);
});
