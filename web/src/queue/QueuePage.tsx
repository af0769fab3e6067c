import { useLingui } from "@lingui/react/macro";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import type { GroupRow } from "../api/names";
import { useShortcuts } from "../keyboard/Keyboard";
import { useNotices } from "../shell/Notices";
import { useStable, useStableHandlers } from "../shell/useStable";
import { useTriage } from "../triage/Triage";
import { useTabWord } from "../triage/words";
import { Emptiness } from "./Emptiness";
import { Foot } from "./Foot";
import { Grid } from "./Grid";
import type { MeantGroup } from "./GroupLevel";
import { GroupTree } from "./GroupTree";
import { conditionsAt, conditionsOf, levelsOf } from "./path";
import { usePreferences } from "./preferences";
import classes from "./QueuePage.module.css";
import { inSameGroup, nextAfter } from "./rows";
import { Strip } from "./Strip";
import { DEFAULT_TAB, type QueueSearch, toQuery } from "./search";
import { Tabs } from "./Tabs";
import { Toolbar } from "./Toolbar";
import { useCursor } from "./useCursor";
import { useQueue } from "./useQueue";
import { useQueueActs } from "./useQueueActs";
import { type Selection, useSelection } from "./useSelection";
import { WaitingBanner } from "./WaitingBanner";

const NOWHERE: readonly string[] = [];

export function QueuePage() {
  const { t } = useLingui();
  const navigate = useNavigate({ from: "/queue" });
  const search = useSearch({ from: "/shell/queue" });
  const base = useMemo(() => toQuery(search), [search]);
  const query = useMemo(() => ({ ...base, ...conditionsOf(search) }), [base, search]);
  const levels = useMemo(() => levelsOf(search.group), [search.group]);
  const queue = useQueue(query);
  const triage = useTriage();
  const { announce } = useNotices();
  const tabWord = useTabWord();
  const grid = useRef<HTMLDivElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const { cursor, at, setCursor } = useCursor(queue.rows);
  const { rows } = queue;
  const rowsChosen = useSelection(rows, query, queue.first?.total);
  const [preferences, prefer] = usePreferences(triage.me.id);
  // The keys mean the group of the tree that has the focus, until the list has it again.
  const [group, setGroup] = useState<MeantGroup>();
  const selection = useMemo<Selection>(
    () =>
      group
        ? {
            ...rowsChosen,
            all: {
              query: { ...base, ...conditionsAt(levels, group.path) },
              total: group.total,
              rule: undefined,
              group: group.text,
            },
          }
        : rowsChosen,
    [group, rowsChosen, base, levels],
  );
  const tab = query.tab ?? DEFAULT_TAB;
  // What a person came for is asked first; the server has all its hands for it.
  const isReady = queue.first !== undefined || queue.error !== null;

  useEffect(() => {
    document.title = `${tabWord(tab)} – Khiên`;
  }, [tab, tabWord]);
  const change = useStable((next: Partial<QueueSearch>): void => {
    selection.clear();
    if (!("at" in next)) setGroup(undefined);
    void navigate({ search: (before) => ({ ...before, ...next }) });
  });
  const forgetGroup = useStable(() => setGroup(undefined));
  const toGrid = useStable(() => grid.current?.focus());
  const current = rows[at];
  const chosen = selection.ids.size > 0 ? rows.filter((row) => selection.ids.has(row.id)) : [];
  const meant = chosen.length > 0 ? chosen : current ? [current] : [];

  const open = useStable((row: GroupRow) => {
    setCursor(row.id);
    void navigate({ to: "/alerts/$groupId", params: { groupId: row.id }, search });
  });
  const point = useStable((row: GroupRow) => setCursor(row.id));
  const go = (to: GroupRow | undefined, otherwise?: string): void => {
    if (to) setCursor(to.id);
    else if (otherwise) announce(otherwise);
  };
  const beside = (by: 1 | -1): GroupRow | undefined => rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  const extend = (by: 1 | -1): void => {
    const next = beside(by);
    if (!current || !next) return;
    selection.add([current, next]);
    setCursor(next.id);
  };
  const below = (): readonly GroupRow[] => rows.slice(at + 1);
  const above = (): readonly GroupRow[] => rows.slice(0, Math.max(0, at));
  const isSame = (row: GroupRow): boolean => current !== undefined && inSameGroup(row, current, levels);
  const noOther = t`No other row of this group in this list`;

  useShortcuts("queue", {
    "queue.next": () => go(beside(1)),
    "queue.previous": () => go(beside(-1)),
    "queue.nextSameRule": () => go(below().find(isSame), noOther),
    "queue.previousSameRule": () => go(above().findLast(isSame), noOther),
    "queue.open": () => current && open(current),
    "queue.select": () => current && selection.toggle(current),
    "queue.extendNext": () => extend(1),
    "queue.extendPrevious": () => extend(-1),
    // Below the cursor first, then from the top: one key finds them all.
    "queue.nextUnattended": () =>
      go(
        [...below(), ...above()].find((row) => row.is_unattended),
        t`No other unattended row in this list`,
      ),
    "queue.selectAll": () => selection.selectAll(),
    "queue.selectNone": selection.clear,
    "queue.selectRule": () => current && selection.selectAll(current.rule_name),
    "queue.clear": () => {
      selection.clear();
      if (group) toGrid();
    },
    "queue.filter": () => filter.current?.focus(),
    "queue.showNew": queue.refresh,
  });
  const actions = useQueueActs({
    rows: meant,
    loaded: rows.length,
    selection,
    leave: (left) => {
      const next =
        cursor && left.length > 0 && preferences.follows
          ? nextAfter(rows, cursor, new Set(left.map((row) => row.id)), levels)
          : undefined;
      if (next) setCursor(next);
      toGrid();
    },
    stay: toGrid,
  });
  useShortcuts("triage", actions);
  const buttons = useStableHandlers(actions);

  return (
    <div className={classes.page}>
      <h1 className="unseen">{t`Queue`}</h1>
      <div className={classes.tools}>
        <Tabs current={tab} counts={queue.first?.tabs} search={search} />
        <Toolbar
          isReady={isReady}
          search={search}
          filterRef={filter}
          onChange={change}
          onLeave={toGrid}
          preferences={preferences}
          onPrefer={prefer}
        />
      </div>
      <Strip isReady={isReady} query={query} search={search} onChange={change} />
      <div className={classes.body}>
        <WaitingBanner count={queue.waiting} isMore={queue.isWaitingMore} onShow={queue.refresh} />
        {levels.length > 0 && (
          <GroupTree query={base} levels={levels} at={search.at ?? NOWHERE} onChange={change} onMean={setGroup} />
        )}
        {rows.length > 0 ? (
          <Grid
            gridRef={grid}
            rows={rows}
            total={Math.max(queue.first?.total ?? 0, rows.length)}
            cursor={cursor}
            cursorIndex={at}
            selected={selection.ids}
            hidden={preferences.hidden}
            onFocus={forgetGroup}
            personId={triage.me.id}
            hasMore={queue.hasMore}
            onMore={queue.more}
            onPoint={point}
            onOpen={open}
            onSelect={selection.toggle}
          />
        ) : (
          <Emptiness queue={queue} search={search} onChange={change} />
        )}
      </div>
      <Foot selection={selection} actions={buttons} total={queue.first?.total} loaded={rows.length} />
    </div>
  );
}
