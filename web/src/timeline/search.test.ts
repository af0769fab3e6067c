import { expect, test } from "vitest";
import { MOST_PINS, readTimelineSearch } from "./search";

test("a view comes back from its address", () => {
  const search = { lanes: "host", from: 1_000, to: 2_000, pins: ["comment/7", "alert/0123@5"] };
  expect(readTimelineSearch(search)).toEqual(search);
});

test.each([{ from: 5, to: 5 }, { from: 9, to: 2 }, { from: "1", to: 2 }, { from: -1, to: 2 }, { from: 1 }])(
  "%j is no span of time",
  (raw) => {
    expect(readTimelineSearch(raw)).toMatchObject({ from: undefined, to: undefined });
  },
);

test("pins are references and nothing else, and there is an end to them", () => {
  const many = Array.from({ length: 50 }, (_, number) => `comment/${number}`);
  expect(readTimelineSearch({ pins: ["<script>", 7, "a b", "comment/1"] }).pins).toEqual(["comment/1"]);
  expect(readTimelineSearch({ pins: many }).pins).toHaveLength(MOST_PINS);
});
