import { expect, test } from "vitest";
import { differences } from "./difference";

test("what changed comes first, what stayed after it", () => {
  const rows = differences({ state: "new", home: "tt-dl" }, { state: "taken", home: "tt-dl", to: "irt.analyst.1" });
  expect(rows).toEqual([
    { path: "state", kind: "changed", before: "new", after: "taken" },
    { path: "to", kind: "added", before: undefined, after: "irt.analyst.1" },
    { path: "home", kind: "same", before: "tt-dl", after: "tt-dl" },
  ]);
});

test("a value inside a value has its path", () => {
  expect(differences({ a: { b: { c: 1 } } }, { a: { b: { c: 2 } } })).toEqual([
    { path: "a.b.c", kind: "changed", before: "1", after: "2" },
  ]);
});

test("nothing before: everything was added; nothing after: everything went", () => {
  expect(differences(null, { x: true })[0]).toMatchObject({ kind: "added", after: "true" });
  expect(differences({ x: null }, null)[0]).toMatchObject({ kind: "removed", before: "null" });
  expect(differences(null, null)).toEqual([]);
});

test("an empty text is a value, not the lack of one", () => {
  expect(differences({ reason: "" }, { reason: "vì" })[0]).toMatchObject({ kind: "changed", before: "" });
});

test("lists of words read as words, others as they are stored", () => {
  expect(differences(null, { roles: ["auditor", "sysadmin"], rows: [{ a: 1 }] }).map((row) => row.after)).toEqual([
    "auditor, sysadmin",
    '[{"a":1}]',
  ]);
});

test("what is nested deeper than any stack is read all the same", () => {
  let deep: Record<string, unknown> = { end: 1 };
  for (let level = 0; level < 5_000; level++) deep = { a: deep };
  expect(differences(null, deep)).toHaveLength(1);
});
