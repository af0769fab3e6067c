/** What of the list and of one incident stands in the address. */
import type { IncidentClass, IncidentState, IncidentsQuery } from "../api/names";

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

export interface IncidentsSearch {
  /** A state, or all that have not ended (the default), or every one. */
  readonly state?: IncidentState | "every" | undefined;
  readonly kind?: (typeof KINDS)[number] | undefined;
  readonly severity?: IncidentClass | undefined;
  readonly unit?: string | undefined;
  readonly words?: string | undefined;
  readonly mine?: true | undefined;
  readonly overdue?: true | undefined;
}

export interface IncidentSearch {
  /** Which part of the incident is on screen; a table in `sections.ts` names them. */
  readonly part?: string | undefined;
}

function oneOf<T extends string>(choices: readonly T[], value: unknown): T | undefined {
  return choices.find((choice) => choice === value);
}

function text(value: unknown, length: number): string | undefined {
  return typeof value === "string" && value !== "" ? value.slice(0, length) : undefined;
}

function isOn(value: unknown): true | undefined {
  return value === true || value === "true" ? true : undefined;
}

/** Reads search parameters; what is not understood falls back to the default, so that an old link still opens. */
export function readIncidentsSearch(raw: Readonly<Record<string, unknown>>): IncidentsSearch {
  return {
    state: oneOf([...STATES, "every"] as const, raw.state),
    kind: oneOf(KINDS, raw.kind),
    severity: oneOf(CLASSES, raw.severity),
    unit: text(raw.unit, 63),
    words: text(raw.words, 200),
    mine: isOn(raw.mine),
    overdue: isOn(raw.overdue),
  };
}

/** What of it goes to the server; without a state, those that have not ended. */
export function toIncidentsQuery(search: IncidentsSearch, me: string): IncidentsQuery {
  const { state, kind, severity, unit, words, mine, overdue } = search;
  const only = [...(state === undefined ? (["goes_on"] as const) : []), ...(overdue ? (["overdue"] as const) : [])];
  return {
    dataset_kind: kind ?? "live",
    ...(state && state !== "every" ? { state: [state] } : {}),
    ...(severity ? { severity: [severity] } : {}),
    ...(unit ? { unit } : {}),
    ...(words ? { q: words } : {}),
    ...(mine ? { assignee: me } : {}),
    ...(only.length > 0 ? { only } : {}),
  };
}

export function readIncidentSearch(raw: Readonly<Record<string, unknown>>): IncidentSearch {
  return { part: typeof raw.part === "string" && /^[a-z]{1,20}$/.test(raw.part) ? raw.part : undefined };
}

/** Whether the list shows fewer than what is open by default. */
export function isNarrowed(search: IncidentsSearch): boolean {
  const { state, severity, unit, words, mine, overdue } = search;
  return [state === "every" ? undefined : state, severity, unit, words, mine, overdue].some(
    (each) => each !== undefined,
  );
}

/** The widest list of this kind. */
export const EVERYTHING: IncidentsSearch = {
  state: "every",
  severity: undefined,
  unit: undefined,
  words: undefined,
  mine: undefined,
  overdue: undefined,
};
