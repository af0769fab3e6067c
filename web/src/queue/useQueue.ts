import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { groupQuery } from "../alert/queries";
import type { GroupRow, QueueAnswer, QueueQuery } from "../api/names";
import { type Change, useChanges } from "../live/Live";
import { alignClock } from "../time/now";
import { eachOf } from "../triage/acts";
import { useTriage } from "../triage/Triage";
import { belongs, patchRow, putCounts, queueQuery, readPulse, waitingIds } from "./rows";

export interface Queue {
  readonly rows: readonly GroupRow[];
  readonly first: QueueAnswer | undefined;
  readonly isLoading: boolean;
  readonly error: unknown;
  readonly hasMore: boolean;
  readonly more: () => void;
  readonly waiting: number;
  readonly isWaitingMore: boolean;
  /** Reads the list anew; everything that waits is shown. */
  readonly refresh: () => void;
}

const PULSE_ROWS = 200;
/** A server that answers slowly is asked seldom: at most a quarter of the time one question of this page is with it. */
const REST = 3;
const LONGEST_REST_MS = 10_000;

/** The rows of a view, kept true without ever being reordered under the reader's hands. */
export function useQueue(query: QueueQuery): Queue {
  const queries = useQueryClient();
  const { me, turns, bulk, actedOn, forgetActedOn } = useTriage();
  const options = queueQuery(query);
  const result = useInfiniteQuery(options);
  const [waitingBy, setWaitingBy] = useState<{ readonly key: string; readonly ids: readonly string[] }>();
  const key = JSON.stringify(query);
  const isPulsing = useRef(false);
  const again = useRef(false);
  const restUntil = useRef(0);
  const newestKey = useRef(key);
  newestKey.current = key;

  const pulse = useCallback(async () => {
    again.current = true;
    if (isPulsing.current) return;
    isPulsing.current = true;
    try {
      while (again.current) {
        await new Promise((resolve) => setTimeout(resolve, restUntil.current - Date.now()));
        // Another view is on screen by now: it asks for itself.
        if (newestKey.current !== key) return;
        again.current = false;
        const began = Date.now();
        const answer = await readPulse(query);
        restUntil.current = Date.now() + Math.min(LONGEST_REST_MS, REST * (Date.now() - began));
        alignClock(answer.now_us);
        const pages = queries.getQueryData(options.queryKey);
        if (!pages) return;
        for (const row of answer.rows) if (!turns.isBusy(row.id)) patchRow(queries, row);
        putCounts(queries, query, answer);
        setWaitingBy({ key, ids: waitingIds(answer, pages) });
      }
    } catch {
      // The next change, the next poll or R asks again; the banner already says when the server is away.
    } finally {
      isPulsing.current = false;
    }
  }, [query, key, queries, options.queryKey, turns]);

  // An own act on many: its end says what became of the rows, and the server has its hands full until then.
  const isInBulk = bulk.stage?.kind === "running";
  const hasMissed = useRef(false);
  useEffect(() => {
    if (isInBulk || !hasMissed.current) return;
    hasMissed.current = false;
    void pulse();
  }, [isInBulk, pulse]);

  useChanges((change: Change) => {
    if (isInBulk && change.kind === "groups") {
      hasMissed.current = true;
      return;
    }
    const pages = queries.getQueryData(options.queryKey);
    if (change.kind === "groups" && pages) {
      // What one did oneself came with its answer; only what is newer than the row on screen is read.
      const older = pages.pages
        .flatMap((page) => page.rows)
        .filter((row) => (change.newest.get(row.id) ?? 0) > row.event_seq && !turns.isBusy(row.id));
      void eachOf(older, async ({ id }) => {
        const detail = await queries.fetchQuery({ ...groupQuery(id), staleTime: 0 });
        patchRow(queries, detail.row);
      }); // one that is gone or unreachable: the list says so when it is read again
    }
    void pulse();
  });

  const data = result.data;
  const tab = query.tab ?? "team";
  const rows = useMemo(() => {
    const seen = new Set<string>();
    return (data?.pages ?? [])
      .flatMap((page) => page.rows)
      .filter((row) => {
        // A row that moved between two pages is shown once; one that this person finished leaves the tab.
        const isDouble = seen.has(row.id);
        seen.add(row.id);
        return !isDouble && (!actedOn.has(row.id) || belongs(row, tab, me.id));
      });
  }, [data, actedOn, tab, me.id]);
  const first = data?.pages[0];
  const waiting = waitingBy?.key === key ? waitingBy.ids.length : 0;

  return {
    rows,
    first,
    isLoading: result.isPending,
    error: result.error,
    hasMore: result.hasNextPage,
    more: useCallback(() => {
      if (!result.isFetchingNextPage && !result.isError) void result.fetchNextPage();
    }, [result.isFetchingNextPage, result.isError, result.fetchNextPage]),
    waiting,
    isWaitingMore: waiting >= PULSE_ROWS,
    refresh: useCallback(() => {
      setWaitingBy(undefined);
      forgetActedOn();
      void queries.resetQueries({ queryKey: options.queryKey, exact: true });
    }, [queries, options.queryKey, forgetActedOn]),
  };
}
