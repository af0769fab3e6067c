/** The rows of the queue in the cache: which belong to a view, how one is patched, where the cursor goes. */
import { type InfiniteData, infiniteQueryOptions, type QueryClient } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";
import type { GroupBy, GroupRow, QueueAnswer, QueueQuery, Tab } from "../api/names";

const PAGE_ROWS = 100;

export type QueuePages = InfiniteData<QueueAnswer>;

export function queueQuery(query: QueueQuery) {
  return infiniteQueryOptions({
    queryKey: ["queue", query],
    // The order a person works in does not change under the hands: only R, a new view or a new visit asks again.
    staleTime: Number.POSITIVE_INFINITY,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/alerts", {
          params: { query: { ...query, limit: PAGE_ROWS, ...(pageParam ? { after: pageParam } : {}) } },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

/** The newest rows of the same view and its exact counts: one small question that answers "what is new?". */
export function readPulse(query: QueueQuery): Promise<QueueAnswer> {
  const { group_by: _, ...rest } = query;
  return answerOf(api.GET("/api/v1/alerts", { params: { query: { ...rest, sort: "newest", limit: 200 } } }));
}

/** Whether a row has its place under a tab; the same rule as the server's. */
export function belongs(row: GroupRow, tab: Tab, personId: string): boolean {
  switch (tab) {
    case "mine":
      return waits(row) && row.assignee?.id === personId;
    case "team":
      return waits(row);
    case "unattended":
      return waits(row) && row.is_unattended;
    case "critical":
      return waits(row) && row.severity === 4;
    case "linked":
    case "suppressed":
    case "closed":
      return row.state === tab;
  }
}

function waits(row: GroupRow): boolean {
  return row.state === "new" || row.state === "taken";
}

/** Pages in which nothing changes stay what they were, so that nothing is rendered for them. */
function mapRows(pages: QueuePages, change: (row: GroupRow) => GroupRow): QueuePages {
  const next = pages.pages.map((page) => {
    const rows = page.rows.map(change);
    return rows.every((row, index) => row === page.rows[index]) ? page : { ...page, rows };
  });
  return next.every((page, index) => page === pages.pages[index]) ? pages : { ...pages, pages: next };
}

/** Not merely the same again: that would take back what the page shows ahead of the answer to an act. */
function isNewer(row: GroupRow, than: GroupRow): boolean {
  const isOlder = row.version < than.version || row.event_seq < than.event_seq;
  return !isOlder && (row.version > than.version || row.event_seq > than.event_seq);
}

/** Puts a row the server answered into every list that shows it; an older answer never replaces a newer one. */
export function patchRow(queries: QueryClient, row: GroupRow): void {
  queries.setQueriesData<QueuePages>({ queryKey: ["queue"] }, (pages) =>
    pages ? mapRows(pages, (old) => (old.id === row.id && isNewer(row, old) ? row : old)) : pages,
  );
}

/** Shows what an act will make of a row before the server has answered. */
export function expectRow(queries: QueryClient, id: string, expected: Partial<GroupRow>): void {
  queries.setQueriesData<QueuePages>({ queryKey: ["queue"] }, (pages) =>
    pages ? mapRows(pages, (row) => (row.id === id ? { ...row, ...expected } : row)) : pages,
  );
}

/** Takes back an expectation that the server refused. */
export function restoreRow(queries: QueryClient, row: GroupRow): void {
  expectRow(queries, row.id, row);
}

export function putCounts(queries: QueryClient, query: QueueQuery, pulse: QueueAnswer): void {
  queries.setQueryData<QueuePages>(["queue", query], (pages) =>
    pages
      ? {
          ...pages,
          pages: pages.pages.map((page) => ({ ...page, tabs: pulse.tabs, total: pulse.total, now_us: pulse.now_us })),
        }
      : pages,
  );
}

/** Where the cursor stands after the list changed: on its row, or on the nearest that is left. */
export function followCursor(
  cursor: string | undefined,
  before: readonly string[],
  after: readonly string[],
): string | undefined {
  if (cursor === undefined) return after[0];
  const left = new Set(after);
  if (left.has(cursor)) return cursor;
  const at = before.indexOf(cursor);
  if (at === -1) return after[0];
  return before.slice(at).find((id) => left.has(id)) ?? before.slice(0, at).findLast((id) => left.has(id));
}

/** Whether two rows stand in the same group: by what the list is grouped by, and by rule where it is not grouped. */
export function inSameGroup(a: GroupRow, b: GroupRow, levels: readonly GroupBy[]): boolean {
  const by = levels.length > 0 ? levels : (["rule"] as const);
  return by.every((each) => levelValue(a, each) === levelValue(b, each));
}

/** What a row tells of a level; of technique and incident a row tells nothing, so that they part no rows here. */
function levelValue(row: GroupRow, by: GroupBy): string | null | undefined {
  switch (by) {
    case "rule":
      return row.rule_name;
    case "asset":
      return row.asset;
    case "unit":
      return row.unit;
    case "source":
      return row.source.values[0];
    case "destination":
      return row.destination.values[0];
    case "assignee":
      return row.assignee?.id;
    case "technique":
    case "incident":
      return undefined;
  }
}

/** The next row after an act on some: all of the same group first, so that one kind of work is finished before the next. */
export function nextAfter(
  rows: readonly GroupRow[],
  cursor: string,
  acted: ReadonlySet<string>,
  levels: readonly GroupBy[] = [],
): string | undefined {
  const at = rows.findIndex((row) => row.id === cursor);
  const here = rows[at];
  const below = rows.slice(at + 1).filter((row) => !acted.has(row.id));
  const above = rows.slice(0, Math.max(at, 0)).filter((row) => !acted.has(row.id));
  const isSame = (row: GroupRow): boolean => here !== undefined && inSameGroup(row, here, levels);
  return (below.find(isSame) ?? above.findLast(isSame) ?? below[0] ?? above.at(-1))?.id;
}

/** Rows of the pulse that the list on screen does not hold and that came after it was read. */
export function waitingIds(pulse: QueueAnswer, pages: QueuePages): readonly string[] {
  const known = new Set(pages.pages.flatMap((page) => page.rows.map((row) => row.id)));
  const readAt = pages.pages[0]?.stream_seq ?? 0;
  return pulse.rows.filter((row) => row.event_seq > readAt && !known.has(row.id)).map((row) => row.id);
}
