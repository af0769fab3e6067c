import { useLingui } from "@lingui/react/macro";
import type { GroupRow, Verdict } from "../api/names";
import { usePalette } from "../keyboard/PaletteProvider";
import type { Handlers } from "../keyboard/registry";
import { useNotices } from "../shell/Notices";
import { type Question, useTriage } from "../triage/Triage";
import type { Selection } from "./useSelection";

interface Targets {
  /** The rows meant: those selected, or the one under the cursor. */
  readonly rows: readonly GroupRow[];
  /** How many rows of the view are loaded. */
  readonly loaded: number;
  readonly selection: Selection;
  /** Moves on from rows that are done, or only gives the grid the focus back. */
  readonly leave: (rows: readonly GroupRow[]) => void;
  readonly stay: () => void;
}

/** What the triage keys do in the queue: to one row, to the rows selected, or to everything that a view holds. */
export function useQueueActs({ rows, loaded, selection, leave, stay }: Targets): Handlers<"triage"> {
  const { t } = useLingui();
  const triage = useTriage();
  const { complain } = useNotices();
  const openPalette = usePalette();
  const { all } = selection;
  const isAnything = all !== undefined || rows.length > 0;
  const about = {
    rows,
    all: all ? { query: all.query, total: all.total ?? rows.length } : undefined,
    after: () => {
      selection.clear();
      leave(all ? [] : rows);
    },
  };
  // What is done one by one is done to what a person can see: everything in view will do, once all of it is loaded.
  const isAllSeen = all !== undefined && all.group === undefined && all.total === rows.length;
  const seen = all === undefined || isAllSeen ? rows : [];
  const total = all?.total ?? 0;
  const unseen = (texts: { readonly ofGroup: string; readonly ofView: string }): void => {
    if (all) complain(all.group === undefined ? texts.ofView : texts.ofGroup);
  };
  const ask = (kind: Exclude<Question["kind"], "close" | "reopen" | "incident" | "escalate">): void => {
    if (!isAnything) return;
    if (kind !== "note") triage.ask({ ...about, kind });
    // A note is written one by one, to rows that somebody has seen.
    else if (seen.length > 0) triage.ask({ kind, rows: seen, after: stay });
    else {
      unseen({
        ofGroup: t`A note is written on each alert group: choose the group, then select its rows`,
        ofView: t`A note is written on each alert group, and ${loaded} of ${total} are loaded: go to the end of the list, or narrow it`,
      });
    }
  };
  const close = (verdict: Verdict): void => {
    if (isAnything) triage.ask({ ...about, kind: "close", verdict });
  };
  const take = (): void => {
    if (!isAnything) return;
    selection.clear();
    if (all) void triage.runAll({ kind: "take" }, all.query);
    else void triage.run({ kind: "take" }, rows);
  };
  return {
    menu: () => openPalette({ scopes: ["triage", "queue"], title: t`What can be done with what is meant` }),
    acknowledge: take,
    toMe: take,
    handOver: () => ask("hand_over"),
    suppress: () => ask("suppress"),
    // An incident names its alerts one by one: what nobody has seen does not go into it.
    incident: () => {
      if (seen.length > 0) triage.ask({ kind: "incident", rows: seen, after: about.after });
      else {
        unseen({
          ofGroup: t`An incident names each of its alert groups: choose the group, then select its rows`,
          ofView: t`An incident names each of its alert groups, and ${loaded} of ${total} are loaded: go to the end of the list, or narrow it`,
        });
      }
    },
    // The ladder of each group is its own: to whom it leads is looked at one by one.
    escalate: () => {
      if (all || rows.length > 1) complain(t`One at a time: to whom an alert group is escalated depends on the group`);
      else if (rows.length === 1) triage.ask({ kind: "escalate", rows, after: about.after });
    },
    note: () => ask("note"),
    "verdict.truePositive": () => close("true"),
    "verdict.expected": () => close("expected"),
    "verdict.falsePositive": () => close("false_positive"),
    "verdict.duplicate": () => {
      if (!isAnything) return;
      about.after();
      const act = { kind: "close", verdict: "duplicate", note: undefined } as const;
      if (all) void triage.runAll(act, all.query);
      else void triage.run(act, rows);
    },
  };
}
