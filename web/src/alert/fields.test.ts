import { expect, test } from "vitest";
import { fieldAt, fieldsOf } from "./fields";

test("nested objects become dotted names in order", () => {
  expect(fieldsOf({ source: { port: 1, ip: "a" }, "@timestamp": "t" }).fields).toEqual([
    { name: "@timestamp", value: "t" },
    { name: "source.ip", value: "a" },
    { name: "source.port", value: "1" },
  ]);
});

test("lists of values are one value, lists of objects are numbered", () => {
  expect(fieldsOf({ a: ["x", 2, null], b: [{ c: true }] }).fields).toEqual([
    { name: "a", value: "x, 2, null" },
    { name: "b.0.c", value: "true" },
  ]);
});

test("a document ten thousand levels deep does not overflow the stack", () => {
  let deep: Record<string, unknown> = { end: 1 };
  for (let level = 0; level < 10_000; level++) deep = { a: deep };
  expect(fieldsOf(deep).fields[0]?.value).toBe("1");
});

test("what is left out is counted", () => {
  const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`f${index}`, index]));
  const { fields, omitted } = fieldsOf(wide);
  expect(fields.length + omitted).toBe(1_000);
  expect(omitted).toBe(600);
});

test("a summary reads one field and never the prototype", () => {
  expect(fieldAt({ source: { ip: "10.0.0.1" } }, "source.ip")).toBe("10.0.0.1");
  expect(fieldAt({ source: "x" }, "source.ip")).toBeUndefined();
  expect(fieldAt({}, "toString")).toBeUndefined();
});
