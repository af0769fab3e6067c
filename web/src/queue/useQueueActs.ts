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
  readonly selection: Selection;
  /** Moves on from rows that are done, or only gives the grid the focus back. */
  readonly leave: (rows: readonly GroupRow[]) => void;
  readonly stay: () => void;
}

/** What the triage keys do in the queue: to one row, to the rows selected, or to everything that a view holds. */
export function useQueueActs({ rows, selection, leave, stay }: Targets): Handlers<"triage"> {
  const { t } = useLingui();
  const triage = useTriage();
  const { announce } = useNotices();
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
  const ask = (kind: Exclude<Question["kind"], "close" | "reopen" | "incident">): void => {
    if (!isAnything) return;
    if (kind !== "note") triage.ask({ ...about, kind });
    // A note is written one by one, to rows that somebody has seen.
    else if (!all) triage.ask({ kind, rows, after: stay });
    else announce(t`Select the rows themselves: a note is written on each`);
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
      if (rows.length > 0 && !all) triage.ask({ kind: "incident", rows, after: about.after });
      else if (all) announce(t`Select the rows themselves: an incident names each of its alert groups`);
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
