import { describe, expect, it } from "vitest";
import { type Progress, secondsLeft } from "./usePolicySimulation";

const RUNNING: Progress = {
  isRunning: true,
  isStopped: false,
  lookedAt: 200,
  all: 1000,
  startedMs: 0,
  nowMs: 10_000,
  different: [],
  unanswerable: [],
};

describe("time left of a simulation", () => {
  it("is what the rate so far says", () => {
    expect(secondsLeft(RUNNING)).toBe(40);
  });

  it("is not said before five seconds, nor when nothing runs", () => {
    expect(secondsLeft({ ...RUNNING, nowMs: 4_999 })).toBeUndefined();
    expect(secondsLeft({ ...RUNNING, isRunning: false })).toBeUndefined();
    expect(secondsLeft({ ...RUNNING, lookedAt: 0 })).toBeUndefined();
  });
});
