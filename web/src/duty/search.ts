import { weekFrom } from "./week";

export const PARTS = ["calendar", "changes", "hand-over", "rota"] as const;
export type DutyPart = (typeof PARTS)[number];

export interface DutySearch {
  readonly part?: Exclude<DutyPart, "calendar"> | undefined;
  /** The Monday of the week on screen; this week when it is left out. */
  readonly week?: string | undefined;
}

export function readDutySearch(raw: Record<string, unknown>): DutySearch {
  const part = PARTS.find((each) => each === raw.part);
  return { part: part === "calendar" ? undefined : part, week: weekFrom(raw.week) };
}
