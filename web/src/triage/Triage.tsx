import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { groupQuery } from "../alert/queries";
import type { GroupDetail, GroupRow, PersonBrief, QueueQuery, SessionView, Verdict } from "../api/names";
import { expectRow, patchRow, restoreRow } from "../queue/rows";
import { useErrorText, useNotices } from "../shell/Notices";
import { type Act, canBeUndone, eachOf, expected, takeBack } from "./acts";
import { AT_ONCE } from "./bulk";
import { Turns } from "./turns";
import { type Bulk, useBulk } from "./useBulk";
import { useActWords, useNowWords } from "./words";

/** The server allows undo for 60 seconds (response design, A11). */
export const UNDO_MS = 60_000;

export interface Undoable {
  readonly text: string;
  readonly items: readonly { readonly id: string; readonly version: number }[];
  /** Of an act on many: the server takes the whole back. */
  readonly token?: string;
  readonly untilMs: number;
}

/** What the page is asking before it acts. */
export type Question = {
  readonly rows: readonly GroupRow[];
  /** Instead of the rows: everything that a view holds, which was `total` when it was last counted. */
  readonly all?: { readonly query: QueueQuery; readonly total: number } | undefined;
  readonly after: () => void;
} & (
  | { readonly kind: "close"; readonly verdict: Verdict }
  | { readonly kind: "hand_over" | "note" | "reopen" | "suppress" }
  | { readonly kind: "incident" }
  | { readonly kind: "escalate" }
);

interface Triage {
  readonly me: PersonBrief;
  readonly canTriage: boolean;
  /** Answers what the server refused; nothing, and it is done. */
  readonly run: (act: Act, rows: readonly GroupRow[]) => Promise<readonly unknown[]>;
  /** The same on every group that a view holds, seen or not. */
  readonly runAll: (act: Act, query: QueueQuery) => Promise<void>;
  readonly bulk: Bulk;
  /** What is on its way to the server. */
  readonly turns: Turns;
  readonly undo: () => Promise<void>;
  readonly lastUndoable: Undoable | undefined;
  readonly forgetUndoable: (entry: Undoable) => void;
  readonly question: Question | undefined;
  readonly ask: (question: Question) => void;
  readonly answer: () => void;
  /** Groups this person acted on since the list was read: they leave a tab at once when they no longer belong there. */
  readonly actedOn: ReadonlySet<string>;
  readonly forgetActedOn: () => void;
}

const Context = createContext<Triage | undefined>(undefined);

export function TriageProvider({ session, children }: { readonly session: SessionView; readonly children: ReactNode }) {
  const { t } = useLingui();
  const queries = useQueryClient();
  const { announce, complain } = useNotices();
  const errorText = useErrorText();
  const actWords = useActWords();
  const nowWords = useNowWords();
  const [undoables, setUndoables] = useState<readonly Undoable[]>([]);
  // What undo reads is what holds when it is its turn, not what held when its key was pressed.
  const latest = useRef(undoables);
  const onTheWay = useRef(Promise.resolve());
  const change = useCallback((next: (all: readonly Undoable[]) => readonly Undoable[]) => {
    latest.current = next(latest.current);
    setUndoables(latest.current);
  }, []);
  const [turns] = useState(() => new Turns());
  useEffect(() => {
    // Who closes the page while acts are on their way is asked first: none of them may be lost unsaid.
    const ask = (event: BeforeUnloadEvent): void => {
      if (turns.pending > 0) event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [turns]);
  const [question, setQuestion] = useState<Question>();
  const [actedOn, setActedOn] = useState<ReadonlySet<string>>(new Set());
  const { id, name, home } = session.person;
  const me = useMemo<PersonBrief>(() => ({ id, name, home }), [id, name, home]);

  const accept = useCallback(
    (detail: GroupDetail) => {
      turns.remember(detail.row);
      // When more is on its way to it, the row on screen is already further than this answer.
      if (!turns.isBusy(detail.row.id)) patchRow(queries, detail.row);
      queries.setQueryData(groupQuery(detail.row.id).queryKey, detail);
    },
    [queries, turns],
  );

  const one = useCallback(
    async (act: Act, rows: readonly GroupRow[]) => {
      const results = await eachOf(rows, (row) => turns.take(row, act));
      const done: GroupDetail[] = [];
      const refused: unknown[] = [];
      for (const [index, result] of results.entries()) {
        if (result.status === "fulfilled") {
          accept(result.value);
          done.push(result.value);
          continue;
        }
        const row = rows[index];
        if (row) void reread(queries, row).then((now) => now && now.version !== row.version && announce(nowWords(now)));
        refused.push(result.reason);
        // Its dialog stays and says it.
        if (act.kind !== "escalate") complain(errorText(result.reason));
      }
      if (done.length === 0) return refused;
      const text = actWords(act, done.length, done[0]?.row.assignee);
      announce(text);
      if (canBeUndone(act)) {
        const items = done.map((detail) => ({ id: detail.row.id, version: detail.row.version }));
        change((all) => [...without(all, items), { text, items, untilMs: Date.now() + UNDO_MS }]);
      }
      return refused;
    },
    [queries, turns, accept, complain, errorText, announce, actWords, nowWords, change],
  );

  const bulk = useBulk((outcome, act) => {
    const answered = outcome.rows ?? [];
    for (const row of answered) {
      turns.remember(row);
      patchRow(queries, row);
    }
    if (answered.length === 0) {
      // Too many to answer one by one: the list is read again.
      setActedOn(new Set());
      void queries.resetQueries({ queryKey: ["queue"] });
    }
    void queries.invalidateQueries({ queryKey: ["strip"] });
    void queries.invalidateQueries({ queryKey: ["buckets"] });
    void queries.invalidateQueries({ queryKey: ["group"] });
    if (!act || outcome.done === 0) return;
    const refused = new Set(outcome.refused.map((each) => each.id));
    const done = answered.filter((row) => !refused.has(row.id));
    setActedOn((before) => new Set([...before, ...done.map((row) => row.id)]));
    const text = actWords(act, outcome.done, done[0]?.assignee);
    announce(text);
    const items = done.map((row) => ({ id: row.id, version: row.version }));
    change((all) => [...without(all, items), { text, items, token: outcome.token, untilMs: Date.now() + UNDO_MS }]);
  });

  const many = useCallback(
    async (act: Act, rows: readonly GroupRow[]) => {
      const ids = rows.map((row) => row.id);
      // The server counts what stands when it is asked: what was done to these rows before must stand by then.
      await turns.settled(ids);
      const outcome = await bulk.begin(act, { kind: "ids", ids });
      const answered = new Set(outcome?.rows?.map((row) => row.id));
      // What the act does not fit, or was refused, looks again as it did.
      for (const row of rows) if (!answered.has(row.id)) restoreRow(queries, row);
      return []; // the bar of a bulk act says what was left alone
    },
    [bulk.begin, queries, turns],
  );

  const run = useCallback(
    (act: Act, rows: readonly GroupRow[]) => {
      const isBulk = rows.length > 1 && act.kind !== "note";
      // What waits for Enter has not happened yet.
      if (rows.length <= AT_ONCE) {
        for (const row of rows) expectRow(queries, row.id, expected(act, me));
        setActedOn((before) => new Set([...before, ...rows.map((row) => row.id)]));
      }
      const done = isBulk ? many(act, rows) : one(act, rows);
      onTheWay.current = Promise.all([onTheWay.current, done]).then(() => undefined);
      return done;
    },
    [many, one, queries, me],
  );
  const runAll = useCallback(
    (act: Act, query: QueueQuery) => {
      const done = bulk.begin(act, { kind: "query", query }).then(() => undefined);
      onTheWay.current = Promise.all([onTheWay.current, done]).then(() => undefined);
      return done;
    },
    [bulk.begin],
  );

  const undo = useCallback(async () => {
    // Z pressed before the server has answered takes back that very act.
    await onTheWay.current;
    const entry = latest.current.findLast((each) => each.untilMs > Date.now());
    if (!entry) {
      announce(t`Nothing to undo`);
      return;
    }
    change((all) => without(all, entry.items).filter((each) => each !== entry));
    if (entry.token !== undefined) {
      const outcome = await bulk.undo(entry.token);
      const count = outcome?.done ?? 0;
      if (count > 0) announce(t`${plural(count, { one: "Undone: # alert group", other: "Undone: # alert groups" })}`);
      return;
    }
    const results = await eachOf(entry.items, (item) => takeBack(item.id, item.version));
    let count = 0;
    for (const [index, result] of results.entries()) {
      if (result.status === "fulfilled") {
        accept(result.value);
        count += 1;
        continue;
      }
      complain(errorText(result.reason));
      const item = entry.items[index];
      if (item) void queries.invalidateQueries({ queryKey: groupQuery(item.id).queryKey });
    }
    if (count > 0) announce(t`${plural(count, { one: "Undone: # alert group", other: "Undone: # alert groups" })}`);
  }, [change, bulk.undo, accept, announce, complain, errorText, queries, t]);

  const value = useMemo<Triage>(
    () => ({
      me,
      canTriage: session.rights.includes("alerts.triage"),
      run,
      runAll,
      bulk,
      turns,
      undo,
      lastUndoable: undoables.at(-1),
      forgetUndoable: (entry) => change((all) => all.filter((each) => each !== entry)),
      question,
      ask: setQuestion,
      answer: () => setQuestion(undefined),
      actedOn,
      forgetActedOn: () => setActedOn(new Set()),
    }),
    [me, session.rights, run, runAll, bulk, turns, undo, undoables, change, question, actedOn],
  );
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

/** The server undoes the last act on a group and no earlier one: what was offered before is offered no more. */
function without(all: readonly Undoable[], touched: Undoable["items"]): readonly Undoable[] {
  const ids = new Set(touched.map((item) => item.id));
  return all
    .map((entry) => ({ ...entry, items: entry.items.filter((item) => !ids.has(item.id)) }))
    .filter((entry) => entry.items.length > 0 || entry.token !== undefined);
}

/** A refused row looks as it did, and then as the server says. */
async function reread(queries: QueryClient, row: GroupRow): Promise<GroupRow | undefined> {
  restoreRow(queries, row);
  try {
    const detail = await queries.fetchQuery({ ...groupQuery(row.id), staleTime: 0 });
    patchRow(queries, detail.row);
    return detail.row;
  } catch {
    return undefined; // gone or unreachable: what was refused is said, the list says the rest when it is read again
  }
}

export function useTriage(): Triage {
  const triage = useContext(Context);
  if (!triage) throw new Error("useTriage outside of TriageProvider");
  return triage;
}
