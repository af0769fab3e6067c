import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { RuleView, State, Verdict } from "../api/names";
import { Card } from "../shell/Card";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { SeverityMark } from "../triage/SeverityMark";
import { useStateWord, useVerdictWord } from "../triage/words";
import { Alerts, FalseShare, Noise } from "./figures";
import classes from "./RulePage.module.css";

/** What it made, and what people said of that. */
export function RuleAlerts({ view }: { readonly view: RuleView }) {
  const { t } = useLingui();
  const { figures, name } = view.row;
  const { groups } = view;
  const dataset = groups[0]?.dataset;
  return (
    <Card
      id="rule-alerts"
      title={t`Its alerts`}
      aside={
        groups.length > 0 && (
          <Link to="/queue" search={{ filter: `rule:"${name}"`, ...(dataset === "live" ? {} : { dataset }) }}>
            {t`Those that wait, in the queue`}
          </Link>
        )
      }
    >
      <div className={classes.parts}>
        {figures && (
          <dl className={classes.facts}>
            <dt>{t`Alerts, 7 / 30 days`}</dt>
            <dd>
              <Alerts of={figures} />
            </dd>
            <dt>{t`False alarms`}</dt>
            <dd>
              <FalseShare of={figures} />
            </dd>
            <dt>{t`Noise`}</dt>
            <dd>
              <Noise of={figures} />
            </dd>
          </dl>
        )}
        {groups.length === 0 ? (
          <p className={classes.note}>{t`It has made no alert that you may see.`}</p>
        ) : (
          <Groups groups={groups} />
        )}
      </div>
    </Card>
  );
}

function Groups({ groups }: { readonly groups: RuleView["groups"] }) {
  const { t } = useLingui();
  const stateWord = useStateWord();
  const verdictWord = useVerdictWord();
  return (
    <Table
      labelledBy="rule-alerts"
      columns={[t`Last seen`, t`Severity`, t`About`, t`Alerts`, t`State`]}
      minWidth="32rem"
    >
      {groups.map((group) => (
        <tr key={group.id}>
          <th scope="row">
            <Link to="/alerts/$groupId" params={{ groupId: group.id }}>
              <Time us={group.last_us} />
            </Link>
          </th>
          <td>
            <SeverityMark severity={group.severity} />
          </td>
          <td>
            <Inert value={group.thing || "–"} limit={80} />
          </td>
          <td>{plural(group.alerts, { one: "# alert", other: "# alerts" })}</td>
          <td>
            {stateWord(group.state as State)}
            {group.verdict && <small>{verdictWord(group.verdict as Verdict)}</small>}
          </td>
        </tr>
      ))}
    </Table>
  );
}
