/**
 * When a person last used this page, and until when the session lives. What the page asks by itself (polls, updates of the live
 * stream) says so in a header and does not move the idle end: a desk that nobody sits at is logged out.
 */
const IDLE_MS = 30 * 60_000;
/** The server moves the end at most once a minute (`sessions/service.py`), so this much may be missing. */
const LATE_MS = 60_000;
/** What is asked so soon after a key, a click or a touch is that person's doing. */
const DOING_MS = 15_000;
/** Somebody who only reads and moves about asks nothing of the server; the page then says once in a while that they are there. */
export const SAY_EVERY_MS = 5 * 60_000;
const INPUTS = ["keydown", "pointerdown", "touchstart", "wheel"] as const;

// Opening the page is a person's doing too.
let inputMs = Date.now();
let usedMs = Date.now();
const others = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("khien.use");
if (others) {
  others.onmessage = (message: MessageEvent<number>) => {
    if (typeof message.data === "number") usedMs = Math.max(usedMs, message.data);
  };
}

/** Whether what is asked now would be asked without anybody there. */
export function isByItself(nowMs = Date.now()): boolean {
  return nowMs - inputMs > DOING_MS;
}

/** The server answered something that a person asked: the idle end moved, for every tab of this browser. */
export function used(nowMs = Date.now()): void {
  usedMs = nowMs;
  others?.postMessage(nowMs);
}

/** No later than this the session ends by itself, by this browser's clock. */
export function idleEndMs(): number {
  return usedMs + IDLE_MS - LATE_MS;
}

type Inputs = Pick<EventTarget, "addEventListener" | "removeEventListener">;

/** Notes what a person does; `sayThere` is called when they have been there for long without asking anything. */
export function watchInputs(target: Inputs, sayThere: () => void): () => void {
  const note = (event: Event): void => {
    // What a script makes is nobody's doing.
    if (!event.isTrusted) return;
    inputMs = Date.now();
    if (inputMs - usedMs < SAY_EVERY_MS) return;
    // Once, whether or not the answer comes: the next request or the next five minutes say it again.
    usedMs = inputMs - SAY_EVERY_MS / 2;
    sayThere();
  };
  for (const kind of INPUTS) target.addEventListener(kind, note, { capture: true, passive: true });
  return () => {
    for (const kind of INPUTS) target.removeEventListener(kind, note, { capture: true });
  };
}
