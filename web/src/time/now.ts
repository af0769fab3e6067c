import { useSyncExternalStore } from "react";

/** One clock for all ages on screen; it ticks only while somebody looks. */
const TICK_MS = 1_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let nowSeconds = Math.floor(Date.now() / 1000);
// Server time minus the browser's: a wrong clock on a desk must not make a deadline look met.
let skewSeconds = 0;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    nowSeconds = Math.floor(Date.now() / 1000);
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** Tells the clock what time the server says it is. */
export function alignClock(serverNowUs: number): void {
  skewSeconds = Math.round(serverNowUs / 1e6 - Date.now() / 1000);
}

/** Now in whole seconds of the server's time; renders again each `step` seconds. */
export function useNow(step = 1): number {
  return useSyncExternalStore(subscribe, () => nowSeconds - (nowSeconds % step)) + skewSeconds;
}

/** The server's time at this moment, for what is sent to it. */
export function serverSeconds(): number {
  return Date.now() / 1000 + skewSeconds;
}
