import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { GroupRow } from "../api/names";
import { memory } from "./memory";
import { followCursor } from "./rows";

interface Cursor {
  readonly cursor: string | undefined;
  /** Where the cursor's row stands; -1 without one. */
  readonly at: number;
  readonly setCursor: (id: string) => void;
}

/** The cursor follows its row by id; when the row goes, it stands on the nearest that is left. */
export function useCursor(rows: readonly GroupRow[]): Cursor {
  const [wanted, setWanted] = useState(() => memory.cursor);
  const before = useRef<readonly string[]>([]);
  const ids = useMemo(() => rows.map((row) => row.id), [rows]);
  // A key moves the cursor and not the rows: what is looked up at every key is laid out once a list.
  const places = useMemo(() => new Map(ids.map((id, index) => [id, index])), [ids]);
  const isThere = wanted !== undefined && places.has(wanted);
  const cursor = isThere ? wanted : followCursor(wanted, before.current, ids);
  useEffect(() => {
    if (ids.length === 0) return;
    before.current = ids;
    memory.order = ids;
    memory.cursor = cursor;
    setWanted(cursor);
  }, [ids, cursor]);
  return {
    cursor,
    at: cursor === undefined ? -1 : (places.get(cursor) ?? -1),
    setCursor: useCallback((id: string) => setWanted(id), []),
  };
}
