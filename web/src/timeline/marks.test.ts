import { expect, test } from "vitest";
import type { TimelineAlert, TimelineEntry } from "../api/names";
import { DEEDS, inWords, lanesOf, MOST_LANES, marksOf, NOBODY, OTHERS } from "./marks";

function entry(at_us: number, kind = "comment", reference = "comment/1"): TimelineEntry {
  const text = { vi: "Trao đổi", en: "Comment" };
  return { at_us, kind, actor: "", actor_brief: null, second: null, text, body: null, reference, tlp: "AMBER" };
}

function alert(number: number, host: string | undefined, last_us = number): TimelineAlert {
  return {
    id: `a${number}`,
    group: "0123456789abcdef",
    title: { vi: "Dò mật khẩu", en: "Password guessing" },
    severity: 3,
    first_us: number,
    last_us,
    hits: 1,
    hosts: host ? [host] : [],
    sources: [],
    sensors: [],
    is_complete: true,
  };
}

test("what people did and what the attack did stand in one order of time", () => {
  const marks = marksOf([entry(5), entry(1)], [alert(3, "dvc", 9)], "vi");
  expect(marks.map((mark) => [mark.atUs, mark.endUs, mark.text])).toEqual([
    [1, 1, "Trao đổi"],
    [3, 9, "Dò mật khẩu"],
    [5, 5, "Trao đổi"],
  ]);
});

test("one object told of twice is two marks with two names", () => {
  const [first, second] = marksOf([entry(1), entry(2, "comment_withdrawn")], [], "en");
  expect(first?.id).not.toBe(second?.id);
});

test("a kind that the page does not know is shown as a step", () => {
  expect(marksOf([entry(1, "new_kind")], [], "en")[0]?.sort).toBe("step");
});

test("an alert that ends before it begins has no negative length", () => {
  const [mark] = marksOf([], [alert(5, "dvc", 2)], "en");
  expect([mark?.atUs, mark?.endUs]).toEqual([5, 5]);
});

test("lanes of hosts: the busiest first, the rest together, what people did last", () => {
  const alerts = Array.from({ length: MOST_LANES + 3 }, (_, number) => alert(number, `host-${number}`));
  const lanes = lanesOf(
    marksOf([entry(1)], [...alerts, alert(90, "host-3"), alert(91, undefined), alert(92, undefined)], "en"),
    "host",
  );
  expect(
    lanes
      .slice(0, 2)
      .map((lane) => lane.key)
      .sort(),
  ).toEqual([NOBODY, "host-3"].sort());
  expect(lanes.slice(-2).map((lane) => lane.key)).toEqual([OTHERS, DEEDS]);
  expect(lanes.flatMap((lane) => lane.marks)).toHaveLength(MOST_LANES + 3 + 4);
});

test("fields have words and times are read as times; what people wrote stays as it is", () => {
  // 2026-03-01 00:30 in Vietnam is 2026-02-28 17:30 UTC.
  const us = Date.UTC(2026, 1, 28, 17, 30) * 1000;
  const word = (name: string): string => (name === "reason" ? "Lý do" : name);
  expect(inWords(`reason: chờ bản vá\nreview_us: ${us}`, word)).toBe(
    "Lý do: chờ bản vá\nreview_us: 01/03/2026 00:30:00",
  );
  expect(inWords("Gọi lúc 9 giờ: không ai nghe", word)).toBe("Gọi lúc 9 giờ: không ai nghe");
});
