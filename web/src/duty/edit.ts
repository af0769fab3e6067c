import type { CalendarShift } from "../api/names";

export type EditKind = "override" | "swap" | "leave" | "sick";

/** An edit of the rota that somebody is about to make; `shift`: the one on the calendar that it began with. */
export interface Edit {
  readonly kind: EditKind;
  readonly shift?: CalendarShift | undefined;
}
