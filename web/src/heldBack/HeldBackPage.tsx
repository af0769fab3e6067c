import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { ComponentHeldBack } from "../api/names";
import { Icon } from "../shell/Icon";
import { useErrorText } from "../shell/Notices";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { EntryTable } from "./EntryTable";
import classes from "./HeldBackPage.module.css";
import { heldBackQuery } from "./queries";
import { RefusedTable } from "./RefusedTable";

/** What detection does not show: who silenced what, why and until when, how much it took away, and what could not be taken in. */
export function HeldBackPage() {
  const { t } = useLingui();
  const { data, error } = useQuery(heldBackQuery);
  const errorText = useErrorText();
  const title = t`What detection holds back`;
  useEffect(() => {
    document.title = `${title} – Khiên`;
  }, [title]);
  return (
    <div className={classes.page}>
      <h1>{title}</h1>
      <p className={classes.lead}>
        {t`Exceptions make no alert of what is known to be harmless; suppressions make one alert of many. Each has an owner, a reason and an end, and touches its own rule only. What a store would not take is listed too: no alert goes missing unsaid.`}
      </p>
      {error && <p role="alert">{errorText(error)}</p>}
      {data?.components.length === 0 && (
        <p role="status">{t`No correlator has reported yet. It reports every ten seconds while it runs.`}</p>
      )}
      {data?.components.map((component) => (
        <Component key={component.component} found={component} nowUs={data.now_us} />
      ))}
    </div>
  );
}

function Component({ found, nowUs }: { readonly found: ComponentHeldBack; readonly nowUs: number }) {
  const { t } = useLingui();
  const { report } = found;
  const name = found.component;
  const seq = report.journal.seq;
  const exceptions = report.entries.filter((entry) => entry.kind === "exception");
  const suppressions = report.entries.filter((entry) => entry.kind === "suppression");
  const omitted = report.entries_omitted;
  return (
    <section className={classes.component} aria-label={name}>
      <p className={classes.asOf}>
        {t`As ${name} last said:`} <Time us={found.received_us} /> ·{" "}
        {t`${plural(seq, { one: "# change in the journal", other: "# changes in the journal" })}`}
      </p>
      {report.journal.fault && (
        <p className={classes.warning} role="alert">
          <Icon name="warn" />
          <span>
            {t`The journal of tuning was changed by hand. Nothing of it is in force: rules alert as if it were not there.`}{" "}
            <Inert value={report.journal.fault} limit={200} />
          </span>
        </p>
      )}
      {found.rolled_back_us !== null && (
        <p className={classes.warning} role="alert">
          <Icon name="warn" />
          <span>
            {t`The journal of tuning lacks changes that the audit log knows: somebody cut it short or wrote it anew. Noticed at`}{" "}
            <Time us={found.rolled_back_us} />
          </span>
        </p>
      )}
      <EntryTable
        id={`exceptions-${name}`}
        title={t`Exceptions: no alert`}
        empty={t`No exception is kept: every rule alerts as it is written.`}
        entries={exceptions}
        nowUs={nowUs}
      />
      <EntryTable
        id={`suppressions-${name}`}
        title={t`Suppressions: one alert of many`}
        empty={t`No suppression is kept: every alert stands alone.`}
        entries={suppressions}
        nowUs={nowUs}
      />
      {omitted > 0 && (
        <p>{t`${plural(omitted, { one: "# further entry is not listed here", other: "# further entries are not listed here" })}`}</p>
      )}
      <RefusedTable id={`refused-${name}`} refused={report.refused} total={report.refused_total} />
    </section>
  );
}
