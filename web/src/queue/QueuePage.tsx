import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { GroupRow, Verdict } from "../api/names";
import { HintBar } from "../keyboard/HintBar";
import { useShortcuts } from "../keyboard/Keyboard";
import { useNotices } from "../shell/Notices";
import { ActionBar } from "../triage/ActionBar";
import { useTriage } from "../triage/Triage";
import { useTabWord } from "../triage/words";
import { Buckets } from "./Buckets";
import { Emptiness } from "./Emptiness";
import { Grid } from "./Grid";
import { memory } from "./memory";
import classes from "./QueuePage.module.css";
import { followCursor, nextAfter } from "./rows";
import { DEFAULT_TAB, type QueueSearch, toQuery } from "./search";
import { Tabs } from "./Tabs";
import { Toolbar } from "./Toolbar";
import { useQueue } from "./useQueue";
import { WaitingBanner } from "./WaitingBanner";

export function QueuePage() {
  const { t } = useLingui();
  const navigate = useNavigate({ from: "/queue" });
  const search = useSearch({ from: "/shell/queue" });
  const query = useMemo(() => toQuery(search), [search]);
  const queue = useQueue(query);
  const triage = useTriage();
  const { announce } = useNotices();
  const tabWord = useTabWord();
  const grid = useRef<HTMLDivElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const { cursor, setCursor } = useCursor(queue.rows);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { rows } = queue;
  const tab = query.tab ?? DEFAULT_TAB;

  useEffect(() => {
    document.title = `${tabWord(tab)} – Khiên`;
  }, [tab, tabWord]);
  const change = (next: Partial<QueueSearch>): void => {
    setSelected(new Set());
    void navigate({ search: (before) => ({ ...before, ...next }) });
  };
  const at = rows.findIndex((row) => row.id === cursor);
  const current = rows[at];
  const chosen = rows.filter((row) => selected.has(row.id));
  const meant = chosen.length > 0 ? chosen : current ? [current] : [];

  const open = useCallback(
    (row: GroupRow) => {
      setCursor(row.id);
      void navigate({ to: "/alerts/$groupId", params: { groupId: row.id }, search });
    },
    [navigate, search, setCursor],
  );
  const select = useCallback((row: GroupRow) => {
    setSelected((before) => {
      const after = new Set(before);
      if (!after.delete(row.id)) after.add(row.id);
      return after;
    });
  }, []);
  const step = (by: number): void => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    if (next) setCursor(next.id);
  };
  const stepInRule = (by: 1 | -1): void => {
    const rule = current?.rule_name;
    const next =
      by === 1
        ? rows.slice(at + 1).find((row) => row.rule_name === rule)
        : rows.slice(0, Math.max(0, at)).findLast((row) => row.rule_name === rule);
    if (next) setCursor(next.id);
    else announce(t`No other row of this rule in this list`);
  };
  const leave = (targets: readonly GroupRow[]) => (): void => {
    setSelected(new Set());
    if (cursor) setCursor(nextAfter(rows, cursor, new Set(targets.map((row) => row.id))) ?? cursor);
    grid.current?.focus();
  };
  const close = (verdict: Verdict): void => {
    if (meant.length > 0) triage.ask({ kind: "close", verdict, rows: meant, after: leave(meant) });
  };
  const ask = (kind: "hand_over" | "note"): void => {
    const stay = (): void => grid.current?.focus();
    if (meant.length > 0) triage.ask({ kind, rows: meant, after: kind === "note" ? stay : leave(meant) });
  };
  const take = (): void => {
    if (meant.length === 0) return;
    setSelected(new Set());
    void triage.run({ kind: "take" }, meant);
  };

  useShortcuts("queue", {
    "queue.next": () => step(1),
    "queue.previous": () => step(-1),
    "queue.nextSameRule": () => stepInRule(1),
    "queue.previousSameRule": () => stepInRule(-1),
    "queue.open": () => current && open(current),
    "queue.select": () => current && select(current),
    "queue.clear": () => setSelected(new Set()),
    "queue.filter": () => filter.current?.focus(),
    "queue.showNew": queue.refresh,
  });
  const actions = {
    acknowledge: take,
    toMe: take,
    handOver: () => ask("hand_over"),
    note: () => ask("note"),
    incident: () => {
      if (meant.length > 0) triage.ask({ kind: "incident", rows: meant, after: leave(meant) });
    },
    "verdict.truePositive": () => close("true"),
    "verdict.expected": () => close("expected"),
    "verdict.falsePositive": () => close("false_positive"),
    "verdict.duplicate": () => {
      if (meant.length === 0) return;
      leave(meant)();
      void triage.run({ kind: "close", verdict: "duplicate", note: undefined }, meant);
    },
  };
  useShortcuts("triage", actions);

  return (
    <div className={classes.page}>
      <h1 className="unseen">{t`Queue`}</h1>
      <div className={classes.tools}>
        <Tabs current={tab} counts={queue.first?.tabs} search={search} />
        <Toolbar search={search} filterRef={filter} onChange={change} onLeave={() => grid.current?.focus()} />
      </div>
      <div className={classes.body}>
        <WaitingBanner count={queue.waiting} isMore={queue.isWaitingMore} onShow={queue.refresh} />
        {search.group && queue.first && (
          <Buckets answer={queue.first} by={search.group} filter={search.filter ?? ""} onChange={change} />
        )}
        {rows.length > 0 ? (
          <Grid
            gridRef={grid}
            rows={rows}
            total={Math.max(queue.first?.total ?? 0, rows.length)}
            cursor={cursor}
            selected={selected}
            personId={triage.me.id}
            hasMore={queue.hasMore}
            onMore={queue.more}
            onPoint={(row) => setCursor(row.id)}
            onOpen={open}
            onSelect={select}
          />
        ) : (
          <Emptiness queue={queue} search={search} onChange={change} />
        )}
      </div>
      <footer className={classes.foot}>
        {chosen.length > 0 ? (
          <ActionBar
            text={t`${plural(chosen.length, { one: "# row selected", other: "# rows selected" })}`}
            actions={actions}
            ids={[
              "acknowledge",
              "handOver",
              "verdict.truePositive",
              "verdict.expected",
              "verdict.falsePositive",
              "verdict.duplicate",
              "incident",
              "note",
            ]}
          />
        ) : (
          <HintBar
            ids={[
              "queue.next",
              "queue.open",
              "acknowledge",
              "queue.select",
              "handOver",
              "verdict.truePositive",
              "queue.filter",
              "help",
            ]}
          />
        )}
        <p className={classes.total}>
          {queue.first && t`${plural(queue.first.total, { one: "# alert group", other: "# alert groups" })}`}
        </p>
      </footer>
    </div>
  );
}

/** The cursor follows its row by id; when the row goes, it stands on the nearest that is left. */
function useCursor(rows: readonly GroupRow[]): {
  readonly cursor: string | undefined;
  readonly setCursor: (id: string) => void;
} {
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
  return {
    cursor,
    setCursor: useCallback((id: string) => setWanted(id), []),
  };
}
