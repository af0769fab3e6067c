import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { peopleQuery } from "../alert/queries";
import type { SimulationAnswer } from "../api/names";
import { inLanguage } from "../language/language";
import { Empty } from "../shell/Empty";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { SeverityMark } from "../triage/SeverityMark";
import classes from "./Simulation.module.css";
import { WasWould } from "./WasWould";

const SEVERITY = { low: 1, medium: 2, high: 3, critical: 4 } as const;
const LISTED = 100;

/** Somebody else, or a deadline that would now break or now hold; of a file nobody knows what was. */
function isDifferent(each: SimulationAnswer["outcomes"][number]): boolean {
  return each.was !== each.would || (each.was_broken !== null && each.was_broken !== each.would_break);
}

/** Who had the alerts and who would have had them, and the clocks that would have broken. */
export function Replayed({ found }: { readonly found: SimulationAnswer }) {
  const { t, i18n } = useLingui();
  const people = useQuery(peopleQuery);
  const names = new Map(people.data?.people.map((each) => [each.id, inLanguage(each.name, i18n.locale) ?? each.id]));
  const nameOf = (id: string): string => names.get(id) ?? id;
  const { alerts, changed, left_off: leftOff } = found;
  if (alerts === 0)
    return <Empty why={t`No alert arrived in this period.`} next={t`Choose a longer period or another dataset.`} />;
  const numbers = [
    { name: t`would have gone to somebody else`, value: `${changed} / ${alerts}` },
    { name: t`attended by nobody`, value: `${found.unattended_was} → ${found.unattended_would}` },
    { name: t`deadlines broken`, value: `${found.broken_was} → ${found.broken_would}` },
  ];
  const different = found.outcomes.filter(isDifferent);
  const shown = different.slice(0, LISTED);
  const rest = different.length - shown.length;
  return (
    <>
      <dl className={classes.numbers}>
        {numbers.map((each) => (
          <div key={each.name}>
            <dt>{each.name}</dt>
            <dd>{each.value}</dd>
          </div>
        ))}
      </dl>
      {leftOff > 0 && (
        <p>{t`${plural(leftOff, { one: "# further alert was not replayed", other: "# further alerts were not replayed" })}`}</p>
      )}
      <WasWould
        title={t`${plural(changed, {
          0: "Every alert would have gone to the same person",
          one: "# alert would have gone to somebody else",
          other: "# alerts would have gone to somebody else",
        })}`}
        what={t`Person`}
        bars={found.shares.map((each) => ({ name: nameOf(each.person), was: each.was, would: each.would }))}
      />
      {shown.length > 0 && (
        <>
          <h3 className={classes.sub} id="outcomes">{t`Alerts that change hands, or whose deadline ends otherwise`}</h3>
          <Table
            labelledBy="outcomes"
            columns={[t`Arrived`, t`Severity`, t`Had it`, t`Would have had it`, t`Reason`, t`Deadline`]}
            minWidth="52rem"
          >
            {shown.map((each) => (
              <tr key={each.object_id}>
                <th scope="row">
                  <Link to="/alerts/$groupId" params={{ groupId: each.object_id }}>
                    <Time us={each.at_us} />
                  </Link>
                </th>
                <td>
                  <SeverityMark severity={SEVERITY[each.level]} />
                </td>
                <td>{each.was ? <Inert value={nameOf(each.was)} limit={60} /> : "–"}</td>
                <td>
                  <Inert value={nameOf(each.would)} limit={60} />
                  {each.unattended && <small>{t`in name only: shown as attended by nobody`}</small>}
                </td>
                <td>
                  <code>{each.deciding_rule}</code> {inLanguage(each.decided_by, i18n.locale)}
                </td>
                <td>
                  {each.would_break ? t`would break` : t`would hold`}
                  {each.was_broken !== null && <small>{each.was_broken ? t`was broken` : t`was held`}</small>}
                </td>
              </tr>
            ))}
          </Table>
          {rest > 0 && (
            <p>{t`${plural(rest, { one: "# further one is not listed", other: "# further ones are not listed" })}`}</p>
          )}
        </>
      )}
      <p className={classes.lead}>{inLanguage(found.assumption, i18n.locale)}</p>
    </>
  );
}
