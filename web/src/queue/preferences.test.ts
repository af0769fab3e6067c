import { expect, test } from "vitest";
import { DEFAULTS, readPreferences } from "./preferences";

test("what was kept comes back, in the order of the columns", () => {
  const kept = JSON.stringify({ follows: false, hidden: ["when", "clock"] });
  expect(readPreferences(kept)).toEqual({ follows: false, hidden: ["clock", "when"] });
});

test.each([null, "", "{", "3", "null", '"x"', '{"hidden":7}', '{"hidden":["what","severity"]}'])(
  "%j is not understood and gives the default",
  (stored) => {
    expect(readPreferences(stored)).toEqual(DEFAULTS);
  },
);
