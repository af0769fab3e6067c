/** Weeks, lanes and spans of the duty calendar; local days of Asia/Ho_Chi_Minh, which has had no other offset since 1975. */
import type { CalendarShift, FindingView } from "../api/names";

export const DAY_US = 86_400_000_000;
export const WEEK_US = 7 * DAY_US;
const OFFSET_US = 7 * 3_600_000_000;
/** Kinds of faults that leave a place without enough people. */
export const HOLES: ReadonlySet<FindingView["kind"]> = new Set(["gap", "leave", "one_deep", "thin_holiday"]);

/** The local day of a time, as in ISO 8601. */
export function dayOf(us: number): string {
  return new Date((us + OFFSET_US) / 1000).toISOString().slice(0, 10);
}

/** When a local day begins. */
export function startOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) * 1000 - OFFSET_US;
}

export function addDays(day: string, count: number): string {
  return dayOf(startOf(day) + count * DAY_US);
}

/** The Monday of the week in which a time lies. */
export function mondayOf(us: number): string {
  const day = dayOf(us);
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return addDays(day, -weekday);
}

/** A day that somebody may write into the address, as the Monday of its week. */
export function weekFrom(raw: unknown): string | undefined {
  if (typeof raw !== "string" || !/^20\d\d-\d\d-\d\d$/.test(raw)) return undefined;
  const at = Date.parse(`${raw}T00:00:00Z`);
  return Number.isNaN(at) ? undefined : mondayOf(startOf(raw));
}

/** For `<input type="datetime-local">`, to the minute. */
export function toInput(us: number): string {
  return new Date((us + OFFSET_US) / 1000).toISOString().slice(0, 16);
}

export function fromInput(value: string): number | undefined {
  const at = Date.parse(`${value}Z`);
  return Number.isNaN(at) ? undefined : at * 1000 - OFFSET_US;
}

export interface Lane {
  readonly id: string;
  readonly seat: string;
  readonly role: CalendarShift["role_name"];
  readonly priority: number;
  readonly isAdded: boolean;
  readonly shifts: readonly CalendarShift[];
}

/** One lane a seat; who was put there besides has a lane of their own, for they overlap. On duty first, then who stands by. */
export function lanesOf(shifts: readonly CalendarShift[]): readonly Lane[] {
  const found = new Map<string, { lane: Omit<Lane, "shifts">; shifts: CalendarShift[] }>();
  for (const shift of shifts) {
    const isAdded = shift.source === "added";
    const id = isAdded ? `${shift.seat} ${shift.person.id}` : shift.seat;
    const known = found.get(id);
    if (known) known.shifts.push(shift);
    else {
      const lane = { id, seat: shift.seat, role: shift.role_name, priority: shift.priority, isAdded };
      found.set(id, { lane, shifts: [shift] });
    }
  }
  return [...found.values()]
    .map(({ lane, shifts: own }) => ({ ...lane, shifts: own.toSorted((a, b) => a.start_us - b.start_us) }))
    .toSorted((a, b) => a.priority - b.priority || Number(isOnCall(a)) - Number(isOnCall(b)));
}

/** Seats at the desk come before those at home. */
function isOnCall(lane: Lane): boolean {
  return lane.shifts[0]?.presence === "on_call";
}

/** The part of a span that a week shows, in per cent of its width; nothing when it lies outside. */
export function placeIn(weekUs: number, startUs: number, endUs: number): { left: number; width: number } | undefined {
  const from = Math.max(startUs, weekUs);
  const to = Math.min(endUs, weekUs + WEEK_US);
  if (from >= to) return undefined;
  return { left: ((from - weekUs) / WEEK_US) * 100, width: ((to - from) / WEEK_US) * 100 };
}

export interface Hours {
  readonly person: CalendarShift["person"];
  readonly role: CalendarShift["role_name"];
  readonly hours: number;
  readonly shifts: number;
}

/** Hours on duty by person inside a span, standing by left out; the most first within each role. */
export function hoursOf(shifts: readonly CalendarShift[], fromUs: number, toUs: number): readonly Hours[] {
  const found = new Map<string, Hours & { readonly key: string }>();
  for (const shift of shifts) {
    const inside = Math.min(shift.end_us, toUs) - Math.max(shift.start_us, fromUs);
    if (shift.priority !== 1 || inside <= 0) continue;
    const key = `${shift.role} ${shift.person.id}`;
    const known = found.get(key);
    const hours = (known?.hours ?? 0) + inside / 3.6e9;
    found.set(key, { key, person: shift.person, role: shift.role_name, hours, shifts: (known?.shifts ?? 0) + 1 });
  }
  const order = [...new Set(shifts.map((shift) => shift.role_name.vi))];
  return [...found.values()].toSorted(
    (a, b) => order.indexOf(a.role.vi) - order.indexOf(b.role.vi) || b.hours - a.hours,
  );
}
