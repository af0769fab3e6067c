import { expect, test } from "vitest";
import { retryDelay } from "./stream";

test("waits grow from one second to thirty and never above", () => {
  const longest = [0, 1, 2, 3, 4, 5, 20].map((attempt) => retryDelay(attempt, () => 1));
  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test("jitter spreads a wait over its second half, so that not everybody comes back at once", () => {
  expect(retryDelay(3, () => 0)).toBe(4_000);
  expect(retryDelay(3, () => 0.5)).toBe(6_000);
});
