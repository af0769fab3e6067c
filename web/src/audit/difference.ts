/** What a record changed, value by value: `before` and `after` laid side by side. */

export interface Difference {
  /** Names from the outside in, joined by a dot. */
  readonly path: string;
  readonly kind: "added" | "removed" | "changed" | "same";
  readonly before: string | undefined;
  readonly after: string | undefined;
}

type Json = unknown;
type JsonObject = Readonly<Record<string, Json>>;

/** More rows than anybody reads; how many there are is said beside them. */
export const MOST_ROWS = 200;

/** Every value of the two, those that changed first, each by its path; no recursion, whatever somebody nested. */
export function differences(before: JsonObject | null, after: JsonObject | null): readonly Difference[] {
  const [old, fresh] = [leaves(before), leaves(after)];
  const rows = [...new Set([...old.keys(), ...fresh.keys()])].map((path): Difference => {
    const [from, to] = [old.get(path), fresh.get(path)];
    const kind = from === undefined ? "added" : to === undefined ? "removed" : from === to ? "same" : "changed";
    return { path, kind, before: from, after: to };
  });
  return [...rows.filter((row) => row.kind !== "same"), ...rows.filter((row) => row.kind === "same")];
}

function leaves(value: JsonObject | null): Map<string, string> {
  const found = new Map<string, string>();
  const waiting: (readonly [string, Json])[] = value === null ? [] : Object.entries(value).reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [path, each] = next;
    if (isObject(each) && Object.keys(each).length > 0) {
      for (const [name, inner] of Object.entries(each).reverse()) waiting.push([`${path}.${name}`, inner]);
    } else {
      found.set(path, shown(each));
    }
  }
  return found;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Lists of plain values as words, everything else as JSON. */
function shown(value: Json): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((each) => typeof each === "string" || typeof each === "number"))
    return value.length === 0 ? "[]" : value.join(", ");
  return JSON.stringify(value) ?? "";
}
