import { expect, test } from "vitest";
import { filled } from "./acts";

test("times become microseconds of Vietnam's clock, empty fields are left out", () => {
  // 2026-03-01 00:30 in Vietnam is 2026-02-28 17:30 UTC.
  expect(filled({ due_us: "2026-03-01T00:30", reason: " chờ bản vá ", to: "" })).toEqual({
    due_us: Date.UTC(2026, 1, 28, 17, 30) * 1000,
    reason: "chờ bản vá",
  });
});

test("a broken time is not sent as one", () => {
  expect(filled({ due_us: "mai" })).toEqual({});
});
