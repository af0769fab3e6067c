import { expect, test } from "vitest";
import { dayStartUs, readAuditSearch, toQuery } from "./search";

test("a day begins at midnight in Vietnam, which is 17:00 UTC of the day before", () => {
  expect(dayStartUs("2026-11-23")).toBe(Date.UTC(2026, 10, 22, 17) * 1000);
});

test("the last day is included whole", () => {
  const { from_us, until_us } = toQuery({ from: "2026-11-23", to: "2026-11-23" });
  expect((until_us ?? 0) - (from_us ?? 0)).toBe(24 * 3600 * 1_000_000);
});

test.each(["2026-13-01", "23/11/2026", "2026-11-23T00:00", "", 20261123])("%s is no day", (day) => {
  expect(readAuditSearch({ from: day }).from).toBeUndefined();
});

test("an empty filter is no filter, and spaces around one do not count", () => {
  expect(readAuditSearch({ actor: "  ", act: " incident. " })).toMatchObject({ actor: undefined, act: "incident." });
});
