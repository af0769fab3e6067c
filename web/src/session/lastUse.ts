/** When the server last answered this page: every such answer moved the idle end of the session, at most a minute late. */
const IDLE_MS = 30 * 60_000;
/** The server moves the end at most once a minute (`sessions/service.py`), so this much may be missing. */
const LATE_MS = 60_000;
const listeners = new Set<() => void>();
let lastMs = Date.now();

export function used(): void {
  lastMs = Date.now();
  for (const each of listeners) each();
}

/** No later than this the session ends by itself, by this browser's clock. */
export function idleEndMs(): number {
  return lastMs + IDLE_MS - LATE_MS;
}
