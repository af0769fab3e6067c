/** What of the list of rules and of one rule stands in the address. */
import type { DatasetKind, RuleLevel, RuleSort, RuleState, RulesQuery } from "../api/names";

export const STATES = [
  "running",
  "feeds",
  "informational",
  "without_source",
  "kept",
  "rejected",
  "disabled",
] as const satisfies readonly RuleState[];
export const LEVELS = ["critical", "high", "medium", "low", "informational"] as const satisfies readonly RuleLevel[];
export const SORTS = ["noise", "false", "fired", "level", "title"] as const satisfies readonly RuleSort[];
export const KINDS = ["live", "exercise", "import"] as const satisfies readonly DatasetKind[];

export interface RulesSearch {
  readonly words?: string | undefined;
  readonly state?: RuleState | undefined;
  readonly level?: RuleLevel | undefined;
  readonly technique?: string | undefined;
  readonly pack?: string | undefined;
  readonly sort?: RuleSort | undefined;
  /** Which alerts are counted; live without a word. */
  readonly kind?: DatasetKind | undefined;
}

export interface RuleSearch {
  readonly kind?: DatasetKind | undefined;
}

function oneOf<T extends string>(choices: readonly T[], value: unknown): T | undefined {
  return choices.find((choice) => choice === value);
}

function text(value: unknown, length: number): string | undefined {
  return typeof value === "string" && value !== "" ? value.slice(0, length) : undefined;
}

/** `T1110` or `T1110.001`, as people write them. */
export function techniqueOf(value: unknown): string | undefined {
  const found = typeof value === "string" ? value.trim().toUpperCase() : "";
  return /^T\d{4}(\.\d{3})?$/.test(found) ? found : undefined;
}

/** Reads search parameters; what is not understood falls back to the default, so that an old link still opens. */
export function readRulesSearch(raw: Readonly<Record<string, unknown>>): RulesSearch {
  return {
    words: text(raw.words, 200),
    state: oneOf(STATES, raw.state),
    level: oneOf(LEVELS, raw.level),
    technique: techniqueOf(raw.technique),
    pack: text(raw.pack, 300),
    sort: oneOf(SORTS, raw.sort),
    kind: oneOf(KINDS, raw.kind),
  };
}

export function readRuleSearch(raw: Readonly<Record<string, unknown>>): RuleSearch {
  return { kind: oneOf(KINDS, raw.kind) };
}

/** What of it goes to the server. */
export function toRulesQuery({ words, state, level, technique, pack, sort, kind }: RulesSearch): RulesQuery {
  return {
    sort: sort ?? "noise",
    dataset_kind: kind ?? "live",
    ...(words ? { q: words } : {}),
    ...(state ? { state: [state] } : {}),
    ...(level ? { level } : {}),
    ...(technique ? { technique } : {}),
    ...(pack ? { pack } : {}),
  };
}

/** Whether fewer are shown than there are. */
export function isNarrowed({ words, state, level, technique, pack }: RulesSearch): boolean {
  return [words, state, level, technique, pack].some((each) => each !== undefined);
}

/** Everything, in the order that stands. */
export const EVERY_RULE: RulesSearch = {
  words: undefined,
  state: undefined,
  level: undefined,
  technique: undefined,
  pack: undefined,
};
