/** The value of `<input type="datetime-local">` as a time of Asia/Ho_Chi_Minh (UTC+7, no daylight saving). */
const OFFSET_MS = 7 * 3_600_000;

export function usToLocal(us: number): string {
  return new Date(Math.floor(us / 1000) + OFFSET_MS).toISOString().slice(0, 19);
}

/** Microseconds, or undefined when it is no time. */
export function localToUs(value: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?/.test(value)) return undefined;
  const ms = Date.parse(`${value.slice(0, 19)}Z`);
  return Number.isNaN(ms) ? undefined : (ms - OFFSET_MS) * 1000;
}
