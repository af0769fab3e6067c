import { expect, test } from "vitest";
import { bulkQuery, bulkRequest } from "./bulk";

test("a view as a body holds what filters it and nothing of order or page", () => {
  expect(
    bulkQuery({
      tab: "mine",
      dataset: ["exercise:lab"],
      sort: "due",
      group_by: "rule",
      limit: 100,
      rule: "port-scan",
      since_us: 5,
    }),
  ).toEqual({
    tab: "mine",
    dataset: ["exercise:lab"],
    severity: [],
    state: [],
    life: [],
    rule: "port-scan",
    since_us: 5,
  });
});

test("a verdict without words sends no empty reason", () => {
  expect(bulkRequest({ kind: "close", verdict: "duplicate", note: undefined }, { kind: "ids", ids: ["a"] })).toEqual({
    action: "close",
    verdict: "duplicate",
    selection: { ids: ["a"] },
  });
});

test("a note is written one by one", () => {
  expect(bulkRequest({ kind: "note", text: "x" }, { kind: "ids", ids: ["a", "b"] })).toBeUndefined();
});
