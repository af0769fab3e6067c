/** The queue's view as it stands in the URL, and what of it goes to the server. */
import type { GroupBy, Life, QueueQuery, Sort, Tab } from "../api/names";
import { parseFilter } from "./filter";

export const TABS = [
  "mine",
  "team",
  "unattended",
  "critical",
  "linked",
  "suppressed",
  "closed",
] as const satisfies readonly Tab[];
export const SORTS = ["severity", "newest", "oldest", "due"] as const satisfies readonly Sort[];
export const LIVES = ["withdrawn", "superseded", "amended", "estimated", "folded"] as const satisfies readonly Life[];
export const GROUPINGS = [
  "rule",
  "asset",
  "unit",
  "source",
  "destination",
  "technique",
  "incident",
  "assignee",
] as const satisfies readonly GroupBy[];

export interface QueueSearch {
  readonly tab?: Tab | undefined;
  readonly dataset?: string | undefined;
  readonly filter?: string | undefined;
  readonly sort?: Sort | undefined;
  /** Up to three of `GROUPINGS`, with dots between them. */
  readonly group?: string | undefined;
  /** The place in the groups that narrows the list: a value for each level. */
  readonly at?: readonly string[] | undefined;
  readonly life?: Life | undefined;
  /** A piece of the strip: last seen at or after, and before. */
  readonly since?: number | undefined;
  readonly before?: number | undefined;
}

function oneOf<T extends string>(choices: readonly T[], value: unknown): T | undefined {
  return choices.find((choice) => choice === value);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value.slice(0, 400) : undefined;
}

function texts(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const found = value.filter((each): each is string => typeof each === "string").map((each) => each.slice(0, 300));
  return found.length > 0 ? found : undefined;
}

function moment(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Reads search parameters; what is not understood falls back to the default, so that an old link still opens. */
export function readSearch(raw: Readonly<Record<string, unknown>>): QueueSearch {
  return {
    tab: oneOf(TABS, raw.tab),
    dataset: text(raw.dataset),
    filter: text(raw.filter),
    sort: oneOf(SORTS, raw.sort),
    group: text(raw.group),
    at: texts(raw.at),
    life: oneOf(LIVES, raw.life),
    since: moment(raw.since),
    before: moment(raw.before),
  };
}

export const DEFAULT_TAB: Tab = "team";
export const DEFAULT_DATASET = "live";

/** The query of the queue's pages; arrays and undefined members as the client of the document wants them. */
export function toQuery(search: QueueSearch): QueueQuery {
  const filter = parseFilter(search.filter ?? "");
  const lives = [...new Set([...filter.lives, ...(search.life ? [search.life] : [])])];
  return {
    tab: filter.tab ?? search.tab ?? DEFAULT_TAB,
    dataset: [search.dataset ?? DEFAULT_DATASET],
    sort: search.sort ?? "severity",
    ...(filter.severities.length > 0 ? { severity: [...filter.severities] } : {}),
    ...(filter.states.length > 0 ? { state: [...filter.states] } : {}),
    ...(lives.length > 0 ? { life: lives } : {}),
    ...(filter.rule ? { rule: filter.rule } : {}),
    ...(filter.asset ? { asset: filter.asset } : {}),
    ...(filter.unit ? { unit: filter.unit } : {}),
    ...(filter.assignee ? { assignee: filter.assignee } : {}),
    ...(filter.words ? { q: filter.words } : {}),
    ...(search.since !== undefined ? { since_us: search.since } : {}),
    ...(search.before !== undefined ? { before_us: search.before } : {}),
  };
}
