/**
 * The filter as people type it: `is:unattended severity:>=high unit:"Sở Y tế" dò quét`. Keys and values are also understood
 * in Vietnamese, with or without tone marks; what is not a known key is searched as words, never dropped.
 */
import type { Life, QueueQuery, State, Tab } from "../api/names";
import { fold } from "../text/fold";

export type Severity = NonNullable<QueueQuery["severity"]>[number];

export interface Filter {
  readonly tab: Tab | undefined;
  readonly severities: readonly Severity[];
  readonly states: readonly State[];
  readonly lives: readonly Life[];
  readonly rule: string | undefined;
  readonly asset: string | undefined;
  readonly unit: string | undefined;
  readonly assignee: string | undefined;
  readonly words: string;
  /** `key:value` pairs whose key or value says nothing to us; they are searched as words and shown to the writer. */
  readonly unknown: readonly string[];
}

type Key = "is" | "severity" | "state" | "rule" | "asset" | "unit" | "assignee";

const KEYS: Readonly<Record<string, Key>> = {
  is: "is",
  la: "is",
  severity: "severity",
  muc: "severity",
  mucdo: "severity",
  state: "state",
  trangthai: "state",
  rule: "rule",
  luat: "rule",
  asset: "asset",
  taisan: "asset",
  unit: "unit",
  donvi: "unit",
  assignee: "assignee",
  nguoi: "assignee",
};
const SEVERITIES = ["low", "medium", "high", "critical"] as const satisfies readonly Severity[];
const SEVERITY_WORDS: Readonly<Record<string, Severity>> = {
  low: "low",
  thap: "low",
  medium: "medium",
  "trung binh": "medium",
  trungbinh: "medium",
  high: "high",
  cao: "high",
  critical: "critical",
  "nghiem trong": "critical",
  nghiemtrong: "critical",
};
const STATE_WORDS: Readonly<Record<string, State>> = {
  new: "new",
  moi: "new",
  taken: "taken",
  "da nhan": "taken",
  danhan: "taken",
  linked: "linked",
  "trong su co": "linked",
  trongsuco: "linked",
  suppressed: "suppressed",
  "tam an": "suppressed",
  taman: "suppressed",
  closed: "closed",
  "da dong": "closed",
  dadong: "closed",
};
const TAB_WORDS: Readonly<Record<string, Tab>> = {
  mine: "mine",
  cuatoi: "mine",
  unattended: "unattended",
  vochu: "unattended",
  critical: "critical",
  nghiemtrong: "critical",
  linked: "linked",
  trongsuco: "linked",
  suppressed: "suppressed",
  taman: "suppressed",
  closed: "closed",
  dadong: "closed",
};

const LIFE_WORDS: Readonly<Record<string, Life>> = {
  withdrawn: "withdrawn",
  rutlai: "withdrawn",
  darutlai: "withdrawn",
  superseded: "superseded",
  replaced: "superseded",
  thaythe: "superseded",
  bithaythe: "superseded",
  amended: "amended",
  dieuchinh: "amended",
  dadieuchinh: "amended",
  estimated: "estimated",
  uoctinh: "estimated",
  folded: "folded",
  suppressed: "folded",
  gop: "folded",
  dagop: "folded",
};

const TOKEN = /([\p{L}\p{M}]+):((?:>=|<=|>|<)?(?:"[^"]*"|[^\s"]+))|"([^"]*)"|(\S+)/gu;

function severitiesOf(value: string): readonly Severity[] {
  const match = /^(>=|<=|>|<)?(.*)$/.exec(value);
  const named = SEVERITY_WORDS[fold(match?.[2] ?? "")];
  if (!named) return [];
  const at = SEVERITIES.indexOf(named);
  switch (match?.[1]) {
    case ">=":
      return SEVERITIES.slice(at);
    case ">":
      return SEVERITIES.slice(at + 1);
    case "<=":
      return SEVERITIES.slice(0, at + 1);
    case "<":
      return SEVERITIES.slice(0, at);
    default:
      return [named];
  }
}

/** Reads the filter; never fails. */
export function parseFilter(input: string): Filter {
  const words: string[] = [];
  const unknown: string[] = [];
  let tab: Tab | undefined;
  let severities: readonly Severity[] = [];
  const states: State[] = [];
  const lives: Life[] = [];
  const named: Partial<Record<"rule" | "asset" | "unit" | "assignee", string>> = {};

  const take = (key: Key, value: string): boolean => {
    switch (key) {
      case "is": {
        const word = fold(value).replaceAll(" ", "");
        const life = LIFE_WORDS[word];
        if (life && !lives.includes(life)) lives.push(life);
        tab = TAB_WORDS[word] ?? tab;
        return life !== undefined || word in TAB_WORDS;
      }
      case "severity": {
        const found = severitiesOf(value);
        if (found.length > 0) severities = found;
        return found.length > 0;
      }
      case "state": {
        const state = STATE_WORDS[fold(value)];
        if (state) states.push(state);
        return state !== undefined;
      }
      case "rule":
      case "asset":
      case "unit":
      case "assignee":
        named[key] = value;
        return true;
    }
  };

  for (const match of input.normalize("NFC").matchAll(TOKEN)) {
    const [whole, key, value, quoted, word] = match;
    if (key !== undefined && value !== undefined) {
      const known = KEYS[fold(key)];
      const bare = value.replaceAll('"', "");
      if (known && bare !== "" && take(known, bare)) continue;
      unknown.push(whole);
      words.push(whole.replaceAll('"', ""));
    } else {
      const plain = quoted ?? word ?? "";
      if (plain) words.push(plain);
    }
  }
  return {
    tab,
    severities,
    states,
    lives,
    rule: named.rule,
    asset: named.asset,
    unit: named.unit,
    assignee: named.assignee,
    words: words.join(" "),
    unknown,
  };
}

/** Adds or replaces one `key:value` in a filter text, quoting where needed. */
export function withToken(input: string, key: Key, value: string): string {
  const rest = [...input.matchAll(TOKEN)]
    .filter(([, found]) => found === undefined || KEYS[fold(found)] !== key)
    .map(([whole]) => whole);
  const clean = value.replaceAll('"', "");
  return [...rest, `${key}:${/\s/.test(clean) ? `"${clean}"` : clean}`].join(" ");
}
