import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { inLanguage } from "../language/language";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { SeverityMark } from "../triage/SeverityMark";
import classes from "./HandOvers.module.css";
import type { HandOverContent as Content } from "./handOver";

/** What is open, as both sign it. */
export function HandOverContent({ content }: { readonly content: Content }) {
  const { t, i18n } = useLingui();
  const { incidents, due, alerts, open_groups: groups, suppressions, parts_down: down, silent, notes } = content;
  return (
    <div className={classes.content}>
      {notes !== "" && (
        <Part title={t`Notes of whoever goes`}>
          <li>
            <Inert value={notes} limit={2000} isExpandable />
          </li>
        </Part>
      )}
      <Part
        title={t`${plural(incidents.count, { one: "# open incident", other: "# open incidents" })}`}
        count={incidents}
      >
        {incidents.rows.map((each) => (
          <li key={each.id}>
            <Link to="/incidents/$incidentId" params={{ incidentId: each.id }} search={{}}>
              {each.id}
            </Link>{" "}
            <b>{each.severity}</b> <Inert value={each.title} limit={120} />{" "}
            <small>
              <Inert value={each.assignee ?? t`nobody has it`} limit={80} />
            </small>
          </li>
        ))}
      </Part>
      <Part
        title={t`${plural(due.count, { one: "# obligation due within a day, or overdue", other: "# obligations due within a day, or overdue" })}`}
        count={due}
      >
        {due.rows.map((each) => (
          <li key={each.id} className={each.state === "overdue" ? classes.late : undefined}>
            <Time us={each.due_us} /> {each.state === "overdue" && <b>{t`overdue`}</b>} {each.incident} · {each.code} →{" "}
            <Inert value={each.recipient} limit={80} />
          </li>
        ))}
      </Part>
      <Part
        title={t`${plural(groups, { one: "# open alert group, of which grave:", other: "# open alert groups, of which grave:" })}`}
        count={alerts}
      >
        {alerts.rows.map((each) => (
          <li key={each.id}>
            <SeverityMark severity={each.severity} />{" "}
            <Link to="/alerts/$groupId" params={{ groupId: each.id }} search={{}}>
              <Inert value={each.title} limit={120} />
            </Link>{" "}
            <small>
              <Inert value={each.assignee} limit={80} />
            </small>
          </li>
        ))}
      </Part>
      <Part
        title={t`${plural(suppressions.count, { one: "# suppression ends within a day", other: "# suppressions end within a day" })}`}
        count={suppressions}
      >
        {suppressions.rows.map((each) => (
          <li key={each.id}>
            <Time us={each.until_us} /> <Inert value={each.title} limit={120} />
          </li>
        ))}
      </Part>
      <Part title={t`Health of the system`}>
        {down.length + silent.length === 0 && <li>{t`Every part runs well and none is silent.`}</li>}
        {down.map((each) => (
          <li key={each.name} className={each.light === "down" ? classes.late : undefined}>
            <Inert value={inLanguage({ vi: each.vi, en: each.en }, i18n.locale) ?? each.name} limit={200} />
          </li>
        ))}
        {silent.map((each) => (
          <li key={each.component} className={classes.late}>
            {t`silent:`} <Inert value={each.component} limit={80} /> · {t`last heard`} <Time us={each.received_us} />
          </li>
        ))}
      </Part>
    </div>
  );
}

interface PartProps {
  readonly title: string;
  readonly count?: { readonly count: number; readonly rows: readonly unknown[] };
  readonly children: ReactNode;
}

function Part({ title, count, children }: PartProps) {
  const { t } = useLingui();
  const rest = count ? count.count - count.rows.length : 0;
  return (
    <section>
      <h3>{title}</h3>
      <ul>{children}</ul>
      {count?.count === 0 && <p className={classes.none}>{t`none`}</p>}
      {rest > 0 && <p>{t`${plural(rest, { one: "# more is not listed", other: "# more are not listed" })}`}</p>}
    </section>
  );
}
