import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { answerOf, api } from "../api/client";
import type { GroupRow, QueueQuery } from "../api/names";

/** Rows one by one, or everything the server finds: of the view, or of one rule in it. */
type Chosen =
  | { readonly kind: "rows"; readonly ids: ReadonlySet<string> }
  | { readonly kind: "all"; readonly rule: string | undefined };

const NOTHING: Chosen = { kind: "rows", ids: new Set() };

export interface Selection {
  /** Of the rows that are loaded, those that are meant. */
  readonly ids: ReadonlySet<string>;
  /** What is meant beyond the rows that are loaded; `total` is the server's exact count. */
  readonly all:
    | {
        readonly query: QueueQuery;
        readonly total: number | undefined;
        readonly rule: string | undefined;
        /** Of the groups beside the list, the one that has the focus. */
        readonly group?: string | undefined;
      }
    | undefined;
  readonly toggle: (row: GroupRow) => void;
  readonly add: (rows: readonly GroupRow[]) => void;
  readonly selectAll: (rule?: string) => void;
  readonly clear: () => void;
}

export function useSelection(rows: readonly GroupRow[], query: QueueQuery, total: number | undefined): Selection {
  const [chosen, setChosen] = useState<Chosen>(NOTHING);
  const rule = chosen.kind === "all" ? chosen.rule : undefined;
  const counted = useQuery({ ...ruleCountQuery(query, rule ?? ""), enabled: rule !== undefined });
  const ids = useMemo(() => {
    if (chosen.kind === "rows") return chosen.ids;
    return new Set(rows.filter((row) => rule === undefined || row.rule_name === rule).map((row) => row.id));
  }, [chosen, rows, rule]);
  const all = useMemo(() => {
    if (chosen.kind === "rows") return undefined;
    if (rule === undefined) return { query, total, rule };
    return { query: { ...query, rule }, total: counted.data, rule };
  }, [chosen.kind, query, total, rule, counted.data]);
  const toggle = useCallback((row: GroupRow) => {
    setChosen((before) => {
      // From everything back to single rows there is no telling which unseen ones stay: it begins with this one.
      const after = new Set(before.kind === "rows" ? before.ids : []);
      if (!after.delete(row.id)) after.add(row.id);
      return { kind: "rows", ids: after };
    });
  }, []);
  const add = useCallback((more: readonly GroupRow[]) => {
    setChosen((before) => ({
      kind: "rows",
      ids: new Set([...(before.kind === "rows" ? before.ids : []), ...more.map((row) => row.id)]),
    }));
  }, []);
  const selectAll = useCallback((of?: string) => setChosen({ kind: "all", rule: of }), []);
  const clear = useCallback(() => setChosen(NOTHING), []);
  return useMemo(() => ({ ids, all, toggle, add, selectAll, clear }), [ids, all, toggle, add, selectAll, clear]);
}

function ruleCountQuery(query: QueueQuery, rule: string) {
  const { group_by: _, ...rest } = query;
  return {
    queryKey: ["queue-count", rest, rule],
    queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
      answerOf(api.GET("/api/v1/alerts", { params: { query: { ...rest, rule, limit: 1 } }, signal })).then(
        (answer) => answer.total,
      ),
  };
}
