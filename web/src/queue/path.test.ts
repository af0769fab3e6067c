import { expect, test } from "vitest";
import { conditionsAt, conditionsOf, levelsOf } from "./path";

test("at most three levels, each once, in the order of the address", () => {
  expect(levelsOf("unit.rule.asset.source")).toEqual(["unit", "rule", "asset"]);
  expect(levelsOf("rule.rule.nonsense.asset")).toEqual(["rule", "asset"]);
  expect(levelsOf(undefined)).toEqual([]);
});

test("the place in the groups is a condition for each level of the way", () => {
  expect(conditionsOf({ group: "rule.asset.unit", at: ["port-scan", "mail"] })).toEqual({
    rule: "port-scan",
    asset: "mail",
  });
  expect(conditionsAt(["rule"], ["a", "beyond the levels"])).toEqual({ rule: "a" });
});

test("a group without a value is asked for as such", () => {
  expect(conditionsOf({ group: "asset", at: [""] })).toEqual({ asset: "" });
});
