/** A case to ask about, as it stands in the address: an incident or an alert links here with what it knows. */

export type FactValue = boolean | number | string;

export interface CaseSearch {
  readonly systems?: readonly string[] | undefined;
  readonly flags?: readonly string[] | undefined;
  readonly facts?: Readonly<Record<string, FactValue>> | undefined;
  /** When it was detected, in microseconds (UTC); now when it is not named. */
  readonly detected?: number | undefined;
  /** The hash of another version than the one in force. */
  readonly version?: string | undefined;
}

const MOST_SYSTEMS = 50;
const MOST = 64;
const NAME = /^[^\p{Cc}]{1,63}$/u;

function names(value: unknown, most: number): readonly string[] | undefined {
  const listed = Array.isArray(value) ? value : typeof value === "string" ? [value] : [];
  const good = listed.filter((each): each is string => typeof each === "string" && NAME.test(each));
  return good.length > 0 ? [...new Set(good)].slice(0, most) : undefined;
}

function isFact(value: unknown): value is FactValue {
  return (
    typeof value === "boolean" ||
    (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) ||
    (typeof value === "string" && NAME.test(value))
  );
}

function facts(value: unknown): Readonly<Record<string, FactValue>> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const good = Object.entries(value).filter(
    (each): each is [string, FactValue] => NAME.test(each[0]) && isFact(each[1]),
  );
  return good.length > 0 ? Object.fromEntries(good.slice(0, MOST)) : undefined;
}

export function readHash(value: unknown): string | undefined {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? value : undefined;
}

/** Reads the address; what is not understood is left out, so that an old link still opens. */
export function readCaseSearch(raw: Readonly<Record<string, unknown>>): CaseSearch {
  const { detected } = raw;
  return {
    systems: names(raw.systems, MOST_SYSTEMS),
    flags: names(raw.flags, 32),
    facts: facts(raw.facts),
    detected: typeof detected === "number" && Number.isSafeInteger(detected) && detected >= 0 ? detected : undefined,
    version: readHash(raw.version),
  };
}

/** The same case with one answer changed; `undefined` takes the answer back. */
export function answered(search: CaseSearch, name: string, value: FactValue | undefined): CaseSearch {
  const { [name]: _before, ...rest } = search.facts ?? {};
  const next = value === undefined ? rest : { ...rest, [name]: value };
  return { ...search, facts: Object.keys(next).length > 0 ? next : undefined };
}

export function toggled(list: readonly string[] | undefined, name: string): readonly string[] | undefined {
  const before = list ?? [];
  const next = before.includes(name) ? before.filter((each) => each !== name) : [...before, name];
  return next.length > 0 ? next : undefined;
}
