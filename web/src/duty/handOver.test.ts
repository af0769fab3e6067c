import { expect, test } from "vitest";
import type { HandOverView } from "../api/names";
import { missingOf } from "./handOver";

const person = (id: string): HandOverView["giver"] => ({ id, name: { vi: id, en: id }, home: "irt" });
const handOver = (state: HandOverView["state"], ...signers: string[]): HandOverView => ({
  id: 1,
  giver: person("goes"),
  taker: person("comes"),
  seat: "web",
  at_us: 0,
  state,
  content: {},
  content_sha256: "",
  notes: "",
  signatures: signers.map((each) => ({ person: each, at_us: 0, content_sha256: "" })),
  version: 1,
});

test.each([
  ["goes", [], "you"],
  ["goes", ["goes"], "taker"],
  ["comes", ["goes"], "you"],
  ["comes", ["comes"], "giver"],
  ["leader", [], "both"],
  ["leader", ["goes"], "taker"],
] as const)("for %s with the signatures %j the missing one is %s", (me, signers, expected) => {
  expect(missingOf(handOver("drafted", ...signers), me)).toBe(expected);
});

test("what is signed or withdrawn waits for nobody", () => {
  expect(missingOf(handOver("signed", "goes", "comes"), "goes")).toBe("nothing");
  expect(missingOf(handOver("withdrawn"), "goes")).toBe("withdrawn");
});
