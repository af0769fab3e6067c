/** What the address of the audit log says: filters, so that a view can be sent to somebody. */
export interface AuditSearch {
  readonly actor?: string | undefined;
  readonly act?: string | undefined;
  readonly object?: string | undefined;
  /** Days of the city, yyyy-mm-dd; the last one is included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const HOURS_AHEAD = 7;
const DAY_US = 86_400_000_000;

export function readAuditSearch(raw: Record<string, unknown>): AuditSearch {
  const text = (value: unknown, most: number): string | undefined => {
    const trimmed = typeof value === "string" ? value.trim().slice(0, most) : "";
    return trimmed === "" ? undefined : trimmed;
  };
  const day = (value: unknown): string | undefined =>
    typeof value === "string" && dayStartUs(value) !== undefined ? value : undefined;
  return {
    actor: text(raw.actor, 128),
    act: text(raw.act, 64),
    object: text(raw.object, 200),
    from: day(raw.from),
    to: day(raw.to),
  };
}

/** Midnight in Vietnam, which has no summer time. */
export function dayStartUs(day: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return undefined;
  const ms = Date.parse(`${day}T00:00:00+0${HOURS_AHEAD}:00`);
  return Number.isNaN(ms) || ms < 0 ? undefined : ms * 1000;
}

export function toQuery(search: AuditSearch) {
  const from = search.from === undefined ? undefined : dayStartUs(search.from);
  const to = search.to === undefined ? undefined : dayStartUs(search.to);
  return {
    ...(search.actor && { actor: search.actor }),
    ...(search.act && { act: search.act }),
    ...(search.object && { object: search.object }),
    ...(from !== undefined && { from_us: from }),
    ...(to !== undefined && { until_us: to + DAY_US }),
  };
}
