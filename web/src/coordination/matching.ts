import { foldedIncludes } from "../text/fold";

/** Every text of a row in both languages, however deep: what a reader may look for. */
export function wordsOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (typeof value !== "object" || value === null) return "";
  return Object.values(value).map(wordsOf).join(" ");
}

/** The rows in which every word of the search stands, tone marks and đ aside. */
export function matching<T>(rows: readonly T[], needle: string): readonly T[] {
  const wanted = needle.trim();
  return wanted === "" ? rows : rows.filter((row) => foldedIncludes(wordsOf(row), wanted));
}
