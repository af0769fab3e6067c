import { expect, test } from "vitest";
import { FrameReader } from "./events";

test("a frame cut anywhere is read once it is whole", () => {
  const whole = 'event: group\nid: 7\ndata: {"seq":7}\n\n';
  for (let cut = 1; cut < whole.length; cut++) {
    const reader = new FrameReader();
    const frames = [...reader.push(whole.slice(0, cut)), ...reader.push(whole.slice(cut))];
    expect(frames).toEqual([{ event: "group", id: "7", data: '{"seq":7}' }]);
  }
});

test("comments and frames without data are no events", () => {
  expect(new FrameReader().push(": heartbeat\n\nevent: group\n\n")).toEqual([]);
});

test("several data lines are one text, and the id stays for the next frame", () => {
  expect(new FrameReader().push("id: 1\ndata: a\ndata: b\n\ndata: c\n\n")).toEqual([
    { event: "message", id: "1", data: "a\nb" },
    { event: "message", id: "1", data: "c" },
  ]);
});
