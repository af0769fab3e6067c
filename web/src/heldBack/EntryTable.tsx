import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { TuningEntry } from "../api/names";
import { Card } from "../shell/Card";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import classes from "./HeldBackPage.module.css";

interface EntryTableProps {
  readonly id: string;
  readonly title: string;
  readonly empty: string;
  readonly entries: readonly TuningEntry[];
  readonly nowUs: number;
}

const DAY_US = 86_400_000_000;
const HOUR_US = 3_600_000_000;
/** An end that is near enough to be asked about at the next hand-over. */
const SOON_DAYS = 7;

export function EntryTable({ id, title, empty, entries, nowUs }: EntryTableProps) {
  const { t } = useLingui();
  const inForce = entries.filter((entry) => entry.in_force && entry.has_rule).length;
  return (
    <Card id={id} title={title} aside={t`${plural(inForce, { one: "# in force", other: "# in force" })}`}>
      {entries.length === 0 ? (
        <p>{empty}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways on a narrow screen must be reachable by keyboard
        <div className={classes.scroll} tabIndex={0} role="region" aria-labelledby={id}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t`Rule`}</th>
                <th scope="col">{t`Of what`}</th>
                <th scope="col">{t`Owner and reason`}</th>
                <th scope="col">{t`Until`}</th>
                <th scope="col">{t`Taken away`}</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <tr key={entry.id} data-off={!entry.in_force || !entry.has_rule || undefined}>
                  <th scope="row">
                    <code>
                      <Inert value={entry.rule_name} limit={80} />
                    </code>
                    <small>
                      {entry.id} · {t`version ${entry.version}`}
                    </small>
                  </th>
                  <td>
                    <What entry={entry} />
                  </td>
                  <td>
                    <strong>
                      <Inert value={entry.owner} limit={80} />
                    </strong>
                    {entry.approved_by && (
                      <small>
                        {t`approved by`} <Inert value={entry.approved_by} limit={80} />
                      </small>
                    )}
                    <p>
                      <Inert value={entry.reason} limit={300} isExpandable />
                    </p>
                  </td>
                  <td>
                    <Until entry={entry} nowUs={nowUs} />
                  </td>
                  <td className={classes.count}>
                    {entry.kind === "exception"
                      ? t`${plural(entry.hidden, { one: "# event", other: "# events" })}`
                      : t`${plural(entry.hidden, { one: "# alert", other: "# alerts" })}`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function What({ entry }: { readonly entry: TuningEntry }) {
  const { t } = useLingui();
  if (entry.kind === "exception")
    return (
      <ul className={classes.conditions}>
        {entry.when.map((condition) => (
          <li key={condition.item}>
            <code>
              <Inert value={`${condition.item} = ${condition.values.join(" | ")}`} limit={160} isExpandable />
            </code>
          </li>
        ))}
      </ul>
    );
  const hours = Math.round((entry.window_us / HOUR_US) * 10) / 10;
  return (
    <>
      <code>
        <Inert value={entry.by.join(", ")} limit={160} />
      </code>
      <small>{t`${plural(hours, { one: "within # hour", other: "within # hours" })}`}</small>
    </>
  );
}

function Until({ entry, nowUs }: { readonly entry: TuningEntry; readonly nowUs: number }) {
  const { t } = useLingui();
  const days = Math.ceil((entry.expires_us - nowUs) / DAY_US);
  return (
    <>
      <Time us={entry.expires_us} />
      {!entry.in_force ? (
        <b className={classes.mark}>{t`expired`}</b>
      ) : !entry.has_rule ? (
        <b className={classes.mark}>{t`its rule is gone`}</b>
      ) : (
        <small data-soon={days <= SOON_DAYS || undefined}>
          {t`${plural(days, { one: "ends within a day", other: "ends in # days" })}`}
        </small>
      )}
    </>
  );
}
