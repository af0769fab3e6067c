/** An event's document as dotted fields, in a steady order, without limits on depth that a hostile line could use. */

export interface Field {
  readonly name: string;
  readonly value: string;
}

// A document is at most 64 KiB on the wire; this bounds what one event may add to the page (a guess).
const FIELDS_SHOWN = 400;

/** Flattens a document; lists of plain values become one value, lists of objects are numbered. */
export function fieldsOf(document: Readonly<Record<string, unknown>>): {
  readonly fields: readonly Field[];
  readonly omitted: number;
} {
  const fields: Field[] = [];
  let omitted = 0;
  const queue: { readonly name: string; readonly value: unknown }[] = [{ name: "", value: document }];
  for (let item = queue.pop(); item !== undefined; item = queue.pop()) {
    const { name, value } = item;
    if (Array.isArray(value) && value.every((each) => typeof each !== "object" || each === null)) {
      add(name, value.map(String).join(", "));
    } else if (typeof value === "object" && value !== null) {
      const prefix = name === "" ? "" : `${name}.`;
      for (const [key, each] of Object.entries(value)) queue.push({ name: prefix + key, value: each });
    } else {
      add(name, String(value));
    }
  }
  function add(name: string, value: string): void {
    if (fields.length < FIELDS_SHOWN) fields.push({ name, value });
    else omitted += 1;
  }
  return { fields: fields.sort((a, b) => (a.name < b.name ? -1 : 1)), omitted };
}

/** The value of one dotted field, for a line of summary. */
export function fieldAt(document: Readonly<Record<string, unknown>> | null, name: string): string | undefined {
  let value: unknown = document;
  for (const part of name.split(".")) {
    if (typeof value !== "object" || value === null || !(part in value)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[part]; // an object with this key, checked above
  }
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
