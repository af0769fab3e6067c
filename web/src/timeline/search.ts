/** What of the timeline stands in the address: a view can be sent to somebody else, pins and all. */

export const LANES = ["kind", "host", "source"] as const;
export type LanesBy = (typeof LANES)[number];

export interface TimelineSearch {
  readonly lanes?: LanesBy | undefined;
  /** The part of time on screen, in microseconds; the whole incident when not given. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly pins?: readonly string[] | undefined;
}

/** More pins than this would be a second table. */
export const MOST_PINS = 20;
const PIN = /^[a-z_]{1,20}\/[\w.-]{1,64}(@\d{1,17})?$/;

function time(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** What is not understood falls back to the default, so that an old link still opens. */
export function readTimelineSearch(raw: Readonly<Record<string, unknown>>): TimelineSearch {
  const from = time(raw["from"]);
  const to = time(raw["to"]);
  const isSpan = from !== undefined && to !== undefined && from < to;
  const pins = Array.isArray(raw["pins"])
    ? raw["pins"].filter((pin): pin is string => typeof pin === "string" && PIN.test(pin)).slice(0, MOST_PINS)
    : [];
  return {
    lanes: LANES.find((each) => each === raw["lanes"]),
    from: isSpan ? from : undefined,
    to: isSpan ? to : undefined,
    pins: pins.length > 0 ? pins : undefined,
  };
}
