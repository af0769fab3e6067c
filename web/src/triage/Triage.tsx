import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import { groupQuery } from "../alert/queries";
import type { GroupDetail, GroupRow, PersonBrief, SessionView, Verdict } from "../api/names";
import { expectRow, patchRow, restoreRow } from "../queue/rows";
import { useErrorText, useNotices } from "../shell/Notices";
import { type Act, canBeUndone, eachOf, expected, perform, takeBack } from "./acts";
import { useActWords } from "./words";

/** The server allows undo for 60 seconds (response design, A11). */
export const UNDO_MS = 60_000;

export interface Undoable {
  readonly text: string;
  readonly items: readonly { readonly id: string; readonly version: number }[];
  readonly untilMs: number;
}

/** What the page is asking before it acts. */
export type Question =
  | {
      readonly kind: "close";
      readonly verdict: Verdict;
      readonly rows: readonly GroupRow[];
      readonly after: () => void;
    }
  | { readonly kind: "hand_over" | "note" | "reopen"; readonly rows: readonly GroupRow[]; readonly after: () => void }
  | { readonly kind: "incident"; readonly rows: readonly GroupRow[]; readonly after: () => void };

interface Triage {
  readonly me: PersonBrief;
  readonly canTriage: boolean;
  readonly run: (act: Act, rows: readonly GroupRow[]) => Promise<void>;
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
  const [undoables, setUndoables] = useState<readonly Undoable[]>([]);
  const [question, setQuestion] = useState<Question>();
  const [actedOn, setActedOn] = useState<ReadonlySet<string>>(new Set());
  const { id, name, home } = session.person;
  const me = useMemo<PersonBrief>(() => ({ id, name, home }), [id, name, home]);

  const accept = useCallback(
    (detail: GroupDetail) => {
      patchRow(queries, detail.row);
      queries.setQueryData(groupQuery(detail.row.id).queryKey, detail);
    },
    [queries],
  );

  const run = useCallback(
    async (act: Act, rows: readonly GroupRow[]) => {
      for (const row of rows) expectRow(queries, row.id, expected(act, me));
      setActedOn((before) => new Set([...before, ...rows.map((row) => row.id)]));
      const results = await eachOf(rows, (row) => perform(row, act));
      const done: GroupDetail[] = [];
      for (const [index, result] of results.entries()) {
        if (result.status === "fulfilled") {
          accept(result.value);
          done.push(result.value);
          continue;
        }
        const row = rows[index];
        if (row) {
          restoreRow(queries, row);
          void queries.fetchQuery({ ...groupQuery(row.id), staleTime: 0 }).then(
            (d) => patchRow(queries, d.row),
            () => undefined,
          );
        }
        complain(errorText(result.reason));
      }
      if (done.length === 0) return;
      const text = actWords(
        act,
        done.map((detail) => detail.row),
      );
      announce(text);
      if (canBeUndone(act)) {
        const items = done.map((detail) => ({ id: detail.row.id, version: detail.row.version }));
        setUndoables((all) => [...without(all, items), { text, items, untilMs: Date.now() + UNDO_MS }]);
      }
    },
    [queries, me, accept, complain, errorText, announce, actWords],
  );

  const undo = useCallback(async () => {
    const entry = undoables.findLast((each) => each.untilMs > Date.now());
    if (!entry) {
      announce(t`Nothing to undo`);
      return;
    }
    setUndoables((all) => without(all, entry.items));
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
  }, [undoables, accept, announce, complain, errorText, queries, t]);

  const value = useMemo<Triage>(
    () => ({
      me,
      canTriage: session.rights.includes("alerts.triage"),
      run,
      undo,
      lastUndoable: undoables.at(-1),
      forgetUndoable: (entry) => setUndoables((all) => all.filter((each) => each !== entry)),
      question,
      ask: setQuestion,
      answer: () => setQuestion(undefined),
      actedOn,
      forgetActedOn: () => setActedOn(new Set()),
    }),
    [me, session.rights, run, undo, undoables, question, actedOn],
  );
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

/** The server undoes the last act on a group and no earlier one: what was offered before is offered no more. */
function without(all: readonly Undoable[], touched: Undoable["items"]): readonly Undoable[] {
  const ids = new Set(touched.map((item) => item.id));
  return all
    .map((entry) => ({ ...entry, items: entry.items.filter((item) => !ids.has(item.id)) }))
    .filter((entry) => entry.items.length > 0);
}

export function useTriage(): Triage {
  const triage = useContext(Context);
  if (!triage) throw new Error("useTriage outside of TriageProvider");
  return triage;
}
