import { expect, test } from "vitest";
import { localToUs, usToLocal } from "./local";

// 2026-02-28T17:30:05Z is already the first of March in Vietnam.
const US = Date.UTC(2026, 1, 28, 17, 30, 5) * 1000;

test("a time goes into the field as it is in Vietnam and comes back the same", () => {
  expect(usToLocal(US)).toBe("2026-03-01T00:30:05");
  expect(localToUs("2026-03-01T00:30:05")).toBe(US);
});

test("minutes alone are enough, and what is no time is none", () => {
  expect(localToUs("2026-03-01T00:30")).toBe(US - 5_000_000);
  expect(localToUs("")).toBeUndefined();
  expect(localToUs("2026-13-41T99:99")).toBeUndefined();
});
