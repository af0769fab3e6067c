import { afterEach, beforeEach, expect, test, vi } from "vitest";

const START = Date.UTC(2026, 10, 24, 1, 0, 0);

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Stands for the window: what is trusted is the browser's to say, no script can make it up. */
class Keyboard {
  #listener: ((event: Event) => void) | undefined;
  addEventListener(_kind: string, listener: EventListenerOrEventListenerObject | null): void {
    if (typeof listener === "function") this.#listener = listener;
  }
  removeEventListener(): void {
    this.#listener = undefined;
  }
  press(isTrusted: boolean): void {
    this.#listener?.({ isTrusted } as Event); // all that is looked at
  }
}

test("what is asked long after the last key is asked by the page itself, and a scripted key changes nothing", async () => {
  const { isByItself, watchInputs } = await import("./lastUse");
  const keyboard = new Keyboard();
  const stop = watchInputs(keyboard, () => undefined);
  expect(isByItself()).toBe(false);
  vi.setSystemTime(START + 16_000);
  expect(isByItself()).toBe(true);
  keyboard.press(false);
  expect(isByItself()).toBe(true);
  keyboard.press(true);
  expect(isByItself()).toBe(false);
  stop();
});

test("only an answer to a person moves the end; polls leave it where it was", async () => {
  const { idleEndMs, used } = await import("./lastUse");
  const first = idleEndMs();
  expect(first).toBe(START + 29 * 60_000);
  vi.setSystemTime(START + 20 * 60_000);
  expect(idleEndMs()).toBe(first);
  used();
  expect(idleEndMs()).toBe(START + 49 * 60_000);
});

test("somebody who reads for twenty minutes by keys alone is said to be there every five", async () => {
  const { used, watchInputs } = await import("./lastUse");
  const keyboard = new Keyboard();
  const said: number[] = [];
  const stop = watchInputs(keyboard, () => {
    said.push((Date.now() - START) / 60_000);
    used();
  });
  for (let minute = 1; minute <= 20; minute++) {
    vi.setSystemTime(START + minute * 60_000);
    keyboard.press(true);
  }
  expect(said).toEqual([5, 10, 15, 20]);
  stop();
});
