/** What of the list and of one incident stands in the address. */
import type { IncidentClass, IncidentState } from "../api/names";

export const STATES = [
  "open",
  "confirmed",
  "contained",
  "eradicated",
  "recovered",
  "handed_over",
  "closed",
  "rejected",
  "merged",
] as const satisfies readonly IncidentState[];
export const CLASSES = ["M1", "M2", "M3", "M4"] as const satisfies readonly IncidentClass[];
export const KINDS = ["live", "exercise", "import"] as const;

/** Where an incident is nobody's work any more. */
export const ENDED: readonly IncidentState[] = ["closed", "rejected", "merged", "handed_over"];

export interface IncidentsSearch {
  /** A state, or all that have not ended (the default), or every one. */
  readonly state?: IncidentState | "every" | undefined;
  readonly kind?: (typeof KINDS)[number] | undefined;
}

export interface IncidentSearch {
  /** Which part of the incident is on screen; a table in `sections.ts` names them. */
  readonly part?: string | undefined;
}

function oneOf<T extends string>(choices: readonly T[], value: unknown): T | undefined {
  return choices.find((choice) => choice === value);
}

/** Reads search parameters; what is not understood falls back to the default, so that an old link still opens. */
export function readIncidentsSearch(raw: Readonly<Record<string, unknown>>): IncidentsSearch {
  return { state: oneOf([...STATES, "every"] as const, raw.state), kind: oneOf(KINDS, raw.kind) };
}

export function readIncidentSearch(raw: Readonly<Record<string, unknown>>): IncidentSearch {
  return { part: typeof raw.part === "string" && /^[a-z]{1,20}$/.test(raw.part) ? raw.part : undefined };
}

/** Whether the list shows fewer than what is open by default. */
export function isNarrowed(search: IncidentsSearch): boolean {
  return search.state !== undefined && search.state !== "every";
}
