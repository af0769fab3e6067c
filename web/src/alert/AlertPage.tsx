import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import type { AlertBrief, GroupDetail, Verdict } from "../api/names";
import { useShortcuts } from "../keyboard/Keyboard";
import { usePalette } from "../keyboard/PaletteProvider";
import { inLanguage } from "../language/language";
import { useChanges } from "../live/Live";
import { memory } from "../queue/memory";
import { Icon } from "../shell/Icon";
import { useErrorText, useNotices } from "../shell/Notices";
import { ActionBar } from "../triage/ActionBar";
import { useTriage } from "../triage/Triage";
import classes from "./AlertPage.module.css";
import { Assignment } from "./Assignment";
import { Deadline } from "./Deadline";
import { Events } from "./Events";
import { Heading } from "./Heading";
import { History } from "./History";
import { InGroup } from "./InGroup";
import { LifeNote } from "./LifeNote";
import { alertQuery, groupAlertsQuery, groupQuery } from "./queries";
import { refusalOf } from "./refusal";
import { Similar } from "./Similar";
import { WhatToDo } from "./WhatToDo";
import { WhyFired } from "./WhyFired";

export function AlertPage() {
  const { groupId } = useParams({ from: "/shell/alerts/$groupId" });
  const group = useQuery(groupQuery(groupId));
  const errorText = useErrorText();
  const { t } = useLingui();
  const queries = useQueryClient();
  useChanges((change) => {
    const newest = change.kind === "everything" ? Number.POSITIVE_INFINITY : (change.newest.get(groupId) ?? 0);
    // What one did oneself came with its answer: the echo of it brings nothing.
    if (newest > (group.data?.row.event_seq ?? 0)) {
      void queries.invalidateQueries({ queryKey: ["group", groupId] });
      void queries.invalidateQueries({ queryKey: ["alert"] });
    }
  });
  if (group.data) return <Page detail={group.data} key={groupId} />;
  return (
    <div className={classes.missing} role={group.error ? "alert" : "status"}>
      {group.error ? (
        <>
          <h1>{t`This alert cannot be shown`}</h1>
          <p>{errorText(group.error)}</p>
          <BackLink />
        </>
      ) : (
        <span className="unseen">{t`Reading the alert`}</span>
      )}
    </div>
  );
}

function BackLink() {
  const { t } = useLingui();
  const { alert: _, ...search } = useSearch({ from: "/shell/alerts/$groupId" });
  return (
    <Link to="/queue" search={search} className={classes.back}>
      <span aria-hidden="true" className={classes.arrow}>
        <Icon name="chevron" />
      </span>
      {t`Queue`}
    </Link>
  );
}

function Page({ detail }: { readonly detail: GroupDetail }) {
  const { t, i18n } = useLingui();
  const { row } = detail;
  const search = useSearch({ from: "/shell/alerts/$groupId" });
  const alertId = search.alert ?? detail.latest_alert_id;
  const alert = useQuery({ ...alertQuery(alertId), placeholderData: (before) => before });
  const briefs = useInfiniteQuery(groupAlertsQuery(row.id));
  const listed = useMemo(() => briefs.data?.pages.flatMap((page) => page.alerts) ?? [], [briefs.data]);
  const title = inLanguage(row.title, i18n.locale) ?? row.rule_name;
  const actions = useActions(detail, listed, alertId);
  const errorText = useErrorText();

  useEffect(() => {
    document.title = `${title} – Khiên`;
  }, [title]);
  useEffect(() => {
    document.getElementById("alert-title")?.focus({ preventScroll: true });
  }, []);

  const shown = alert.data?.alert;
  return (
    <article className={classes.page} aria-labelledby="alert-title">
      <div className={classes.top}>
        <BackLink />
        <Heading row={row} alert={shown} />
        <ActionBar
          actions={actions}
          ids={[
            "acknowledge",
            "handOver",
            "verdict.truePositive",
            "verdict.expected",
            "verdict.falsePositive",
            "verdict.duplicate",
            "incident",
            "escalate",
            "suppress",
            "note",
          ]}
          refusal={(id) => refusalOf(detail, id, i18n.locale)}
        />
        {row.state === "closed" && <Reopen detail={detail} />}
      </div>
      <div className={classes.columns}>
        <div className={classes.main}>
          {shown && <LifeNote alert={shown} row={row} search={search} />}
          {row.alerts > 1 && (
            <InGroup
              listed={listed}
              total={row.alerts}
              current={alertId}
              hasMore={briefs.hasNextPage}
              onMore={() => void briefs.fetchNextPage()}
            />
          )}
          {shown && (
            <>
              <WhatToDo alert={shown} />
              <WhyFired alert={shown} />
              <Events alert={shown} />
            </>
          )}
          {alert.error && !shown && (
            <section className={classes.card} role="alert">
              <p>{errorText(alert.error)}</p>
            </section>
          )}
        </div>
        <aside className={classes.side} aria-label={t`People and history`}>
          {detail.deadline && <Deadline deadline={detail.deadline} stands={row.stands} />}
          <Assignment assignments={detail.assignments} />
          <History detail={detail} />
          <Similar detail={detail} search={search} />
        </aside>
      </div>
      <p className="unseen" role="status">
        {t`${plural(row.alerts, { one: "# alert in this group", other: "# alerts in this group" })}`}
      </p>
    </article>
  );
}

function Reopen({ detail }: { readonly detail: GroupDetail }) {
  const { t, i18n } = useLingui();
  const { ask } = useTriage();
  const act = detail.actions.find((each) => each.action === "reopen");
  return (
    <button
      type="button"
      className={classes.reopen}
      disabled={!act?.allowed}
      title={inLanguage(act?.reason ?? undefined, i18n.locale)}
      onClick={() => ask({ kind: "reopen", rows: [detail.row], after: () => undefined })}
    >
      <Icon name="undo" />
      {t`Reopen`}
    </button>
  );
}

function useActions(detail: GroupDetail, listed: readonly AlertBrief[], alertId: string) {
  const { t, i18n } = useLingui();
  const navigate = useNavigate();
  const triage = useTriage();
  const openPalette = usePalette();
  const { announce, complain } = useNotices();
  const search = useSearch({ from: "/shell/alerts/$groupId" });
  const { alert: _, ...queueSearch } = search;
  const { row } = detail;
  const order = memory.order;
  const at = order.indexOf(row.id);

  const toGroup = (groupId: string | undefined): void => {
    if (!groupId) {
      announce(t`There is no further row`);
      return;
    }
    memory.cursor = groupId;
    void navigate({ to: "/alerts/$groupId", params: { groupId }, search: queueSearch, replace: true });
  };
  const toAlert = (by: 1 | -1): void => {
    const here = listed.findIndex((brief) => brief.id === alertId);
    const next = listed[here + by];
    if (!next) {
      announce(t`There is no further alert in this group`);
      return;
    }
    void navigate({
      to: "/alerts/$groupId",
      params: { groupId: row.id },
      search: { ...queueSearch, alert: next.id },
      replace: true,
    });
  };
  // A key whose act is closed to this person says why instead of doing nothing.
  const unlessRefused = (id: Parameters<typeof refusalOf>[1], act: () => void) => (): void => {
    const reason = refusalOf(detail, id, i18n.locale);
    if (reason === undefined) act();
    else complain(reason);
  };
  const stay = (): void => document.getElementById("alert-title")?.focus({ preventScroll: true });
  const close = (verdict: Verdict) => (): void => triage.ask({ kind: "close", verdict, rows: [row], after: stay });
  const take = (): void => void triage.run({ kind: "take" }, [row]);
  const actions = {
    menu: () => openPalette({ scopes: ["triage", "alert"], title: t`What can be done with this alert` }),
    acknowledge: unlessRefused("acknowledge", take),
    toMe: unlessRefused("toMe", take),
    handOver: unlessRefused("handOver", () => triage.ask({ kind: "hand_over", rows: [row], after: stay })),
    incident: unlessRefused("incident", () => triage.ask({ kind: "incident", rows: [row], after: stay })),
    escalate: unlessRefused("escalate", () => triage.ask({ kind: "escalate", rows: [row], after: stay })),
    suppress: unlessRefused("suppress", () => triage.ask({ kind: "suppress", rows: [row], after: stay })),
    note: unlessRefused("note", () => triage.ask({ kind: "note", rows: [row], after: stay })),
    "verdict.truePositive": unlessRefused("verdict.truePositive", close("true")),
    "verdict.expected": unlessRefused("verdict.expected", close("expected")),
    "verdict.falsePositive": unlessRefused("verdict.falsePositive", close("false_positive")),
    "verdict.duplicate": unlessRefused(
      "verdict.duplicate",
      () => void triage.run({ kind: "close", verdict: "duplicate", note: undefined }, [row]),
    ),
  };
  useShortcuts("triage", actions);
  useShortcuts("alert", {
    "alert.back": () => void navigate({ to: "/queue", search: queueSearch }),
    "alert.next": () => toGroup(at === -1 ? undefined : order[at + 1]),
    "alert.previous": () => toGroup(at === -1 ? undefined : order[at - 1]),
    "alert.nextInGroup": () => toAlert(1),
    "alert.previousInGroup": () => toAlert(-1),
  });
  return actions;
}
