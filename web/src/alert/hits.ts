/** When the hits of an alert came, as far as its events are at hand. */
import type { EventView } from "../api/names";

/** Event time in microseconds; undefined for a document without a readable one. */
export function eventTimeUs(event: EventView): number | undefined {
  const text = event.document?.["@timestamp"];
  if (typeof text !== "string") return undefined;
  const match = /^(.{19})(?:\.(\d{1,6}))?/.exec(text);
  const seconds = Date.parse(`${match?.[1] ?? ""}Z`);
  if (Number.isNaN(seconds)) return undefined;
  return seconds * 1000 + Number((match?.[2] ?? "0").padEnd(6, "0"));
}

export interface Slice {
  readonly startUs: number;
  readonly endUs: number;
  readonly count: number;
}

/** Counts times in equal slices of a window, both ends included. */
export function sliceHits(
  timesUs: readonly number[],
  startUs: number,
  endUs: number,
  slices: number,
): readonly Slice[] {
  const width = Math.max(1, (endUs - startUs) / slices);
  const counts = new Array<number>(slices).fill(0);
  for (const time of timesUs) {
    if (time < startUs || time > endUs) continue;
    const at = Math.min(slices - 1, Math.floor((time - startUs) / width));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts.map((count, index) => ({
    startUs: startUs + index * width,
    endUs: startUs + (index + 1) * width,
    count,
  }));
}
