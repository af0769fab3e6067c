import { expect, test } from "vitest";
import { ownPath } from "./router";

test.each([
  ["/queue?tab=mine", "/queue?tab=mine"],
  ["//evil.example/", undefined],
  ["/\\evil.example/", undefined],
  ["https://evil.example/", undefined],
  [7, undefined],
])("after log-in %j leads to %j", (next, path) => {
  expect(ownPath(next)).toBe(path);
});
