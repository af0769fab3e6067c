import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { RefusedAlert } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { SeverityMark } from "../triage/SeverityMark";
import classes from "./HeldBackPage.module.css";

interface RefusedTableProps {
  readonly id: string;
  readonly refused: readonly RefusedAlert[];
  readonly total: number;
}

/** Alerts that were made and are not in the queue, because what should keep them would not. */
export function RefusedTable({ id, refused, total }: RefusedTableProps) {
  const { t, i18n } = useLingui();
  const sinkWord = (sink: string): string =>
    sink === "incident_api" ? t`this page` : sink === "store" ? t`the event store` : sink;
  const rest = total - refused.length;
  return (
    <Card id={id} title={t`Refused alerts`} aside={t`${plural(total, { one: "# alert", other: "# alerts" })}`}>
      {refused.length === 0 ? (
        <p>{t`No alert was refused: what the rules said is in the queue.`}</p>
      ) : (
        <>
          <p className={classes.lead}>
            {t`These alerts were made, and what should keep them would not take them. The correlator has them whole. Tell operations, and look at their events by hand.`}
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways on a narrow screen must be reachable by keyboard */}
          <div className={classes.scroll} tabIndex={0} role="region" aria-labelledby={id}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t`Severity`}</th>
                  <th scope="col">{t`Alert`}</th>
                  <th scope="col">{t`Refused by`}</th>
                  <th scope="col">{t`Last seen`}</th>
                  <th scope="col">{t`Hits`}</th>
                </tr>
              </thead>
              <tbody>
                {refused.map((alert) => (
                  <tr key={alert.id}>
                    <td>
                      <SeverityMark severity={alert.severity} />
                    </td>
                    <th scope="row">
                      <Inert value={inLanguage(alert.title, i18n.locale) ?? alert.rule_name} limit={120} />
                      <small>
                        <code>
                          <Inert value={alert.id} limit={40} />
                        </code>{" "}
                        · <Inert value={alert.dataset} limit={60} />
                      </small>
                    </th>
                    <td>{alert.refused_by.map(sinkWord).join(", ")}</td>
                    <td>
                      <Time us={alert.last_us} />
                    </td>
                    <td className={classes.count}>{new Intl.NumberFormat(i18n.locale).format(alert.hits)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {rest > 0 && (
            <p>{t`${plural(rest, { one: "# further alert is not listed here", other: "# further alerts are not listed here" })}`}</p>
          )}
        </>
      )}
    </Card>
  );
}
