/** How one person likes the queue: kept in the browser, for each person apart, because a desk has many shifts. */
import { useCallback, useState } from "react";

/** What may be hidden; severity and the alert itself always show. */
export const COLUMNS = ["clock", "where", "who", "when"] as const;
export type Column = (typeof COLUMNS)[number];

export interface Preferences {
  /** After an act the cursor goes to the next row of the same group. */
  readonly follows: boolean;
  readonly hidden: readonly Column[];
}

export const DEFAULTS: Preferences = { follows: true, hidden: [] };

/** What is not understood falls back to the default: another version may have written it. */
export function readPreferences(stored: string | null): Preferences {
  try {
    const raw: unknown = JSON.parse(stored ?? "{}");
    if (typeof raw !== "object" || raw === null) return DEFAULTS;
    const hidden = "hidden" in raw && Array.isArray(raw.hidden) ? raw.hidden : [];
    return {
      follows: !("follows" in raw) || raw.follows !== false,
      hidden: COLUMNS.filter((column) => hidden.includes(column)),
    };
  } catch {
    return DEFAULTS;
  }
}

export function usePreferences(
  personId: string,
): readonly [Preferences, (change: (before: Preferences) => Preferences) => void] {
  const key = `khien.queue.${personId}`;
  const [value, setValue] = useState(() => readPreferences(localStorage.getItem(key)));
  const change = useCallback(
    (next: (before: Preferences) => Preferences) =>
      setValue((before) => {
        const after = next(before);
        localStorage.setItem(key, JSON.stringify(after));
        return after;
      }),
    [key],
  );
  return [value, change];
}
