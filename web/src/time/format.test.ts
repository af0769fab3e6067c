import { expect, test } from "vitest";
import { formatClock, formatLocal, formatSpan, formatUtc } from "./format";

// 2026-02-28T17:30:05Z is already the first of March in Vietnam (UTC+7, no daylight saving).
const US = Date.UTC(2026, 1, 28, 17, 30, 5) * 1000;

test("local time is UTC+7 written day first", () => {
  expect(formatLocal(US)).toBe("01/03/2026 00:30:05");
  expect(formatClock(US)).toBe("00:30:05");
});

test("the hover text is UTC and says so", () => {
  expect(formatUtc(US)).toBe("28/02/2026 17:30:05 UTC");
});

test.each([
  [45, "vi", "45 giây"],
  [60, "vi", "1 phút"],
  [185, "vi", "3 phút"],
  [7_500, "vi", "2 giờ 5 phút"],
  [90_000, "en", "1 day 1 hr"],
  [-5, "en", "0 sec"],
])("%i seconds in %s read %s", (seconds, language, text) => {
  expect(formatSpan(seconds, language)).toBe(text);
});
