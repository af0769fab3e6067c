import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { GroupRow } from "../api/names";
import { memory } from "./memory";
import { followCursor } from "./rows";

interface Cursor {
  readonly cursor: string | undefined;
  readonly setCursor: (id: string) => void;
}

/** The cursor follows its row by id; when the row goes, it stands on the nearest that is left. */
export function useCursor(rows: readonly GroupRow[]): Cursor {
  const [wanted, setWanted] = useState(() => memory.cursor);
  const before = useRef<readonly string[]>([]);
  const ids = useMemo(() => rows.map((row) => row.id), [rows]);
  const cursor = followCursor(wanted, before.current, ids);
  useEffect(() => {
    if (ids.length === 0) return;
    before.current = ids;
    memory.order = ids;
    memory.cursor = cursor;
    setWanted(cursor);
  }, [ids, cursor]);
  return { cursor, setCursor: useCallback((id: string) => setWanted(id), []) };
}
