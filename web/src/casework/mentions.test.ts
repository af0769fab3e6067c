import { expect, test } from "vitest";
import { begunAt, finished, partsOf } from "./mentions";

test("only who was told stands out; an address of mail mentions nobody", () => {
  expect(partsOf("nhờ @irt.leader xem ops@irt.leader và @la.gi", ["irt.leader"])).toEqual([
    { text: "nhờ ", isMention: false },
    { text: "@irt.leader", isMention: true },
    { text: " xem ops@irt.leader và @la.gi", isMention: false },
  ]);
});

test.each([
  ["nhờ @ir", 7, "ir"],
  ["@", 1, ""],
  ["a@b", 3, undefined],
  ["@irt.leader xong", 16, undefined],
])("%j with the cursor at %i has begun %j", (text, cursor, begun) => {
  expect(begunAt(text, cursor)).toBe(begun);
});

test("a chosen person replaces what was begun and leaves one space", () => {
  expect(finished("nhờ @ir xem", 7, "irt.leader")).toEqual({ text: "nhờ @irt.leader xem", cursor: 16 });
  expect(finished("@", 1, "a.b")).toEqual({ text: "@a.b ", cursor: 5 });
});

test("a line without a mention is one part, also when it is empty", () => {
  expect(partsOf("", [])).toEqual([{ text: "", isMention: false }]);
});
