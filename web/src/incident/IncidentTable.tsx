import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { IncidentRow } from "../api/names";
import { inLanguage } from "../language/language";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { DatasetBadge } from "../triage/DatasetBadge";
import { ClassMark } from "./ClassMark";
import { kindOf } from "./dataset";
import classes from "./IncidentsPage.module.css";
import stacked from "./Stacked.module.css";
import { TimeLeft } from "./TimeLeft";
import { useIncidentStateWord } from "./words";

export function IncidentTable({ rows }: { readonly rows: readonly IncidentRow[] }) {
  const { t } = useLingui();
  return (
    <div className={stacked.stacked}>
      <Table
        labelledBy="incident-list"
        columns={[t`Class`, t`Incident`, t`State, handler`, t`Next deadline`, t`Units`, t`Opened`]}
        minWidth="52rem"
      >
        {rows.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </Table>
    </div>
  );
}

function Row({ row }: { readonly row: IncidentRow }) {
  const { t, i18n } = useLingui();
  const stateWord = useIncidentStateWord();
  const kind = kindOf(row.dataset);
  return (
    <tr>
      <td>
        <ClassMark of={row.severity} />
      </td>
      <th scope="row">
        <span className={classes.title}>
          <Link to="/incidents/$incidentId" params={{ incidentId: row.id }}>
            <Inert value={row.title} limit={160} />
          </Link>
          <small>
            {row.id}
            {kind !== "live" && <DatasetBadge dataset={row.dataset} kind={kind} />}
          </small>
        </span>
      </th>
      <td>
        {stateWord(row.state)}
        <small>{inLanguage(row.assignee.name, i18n.locale)}</small>
      </td>
      <td>
        {row.next_due_us === null ? <span>{t`nothing owed`}</span> : <TimeLeft dueUs={row.next_due_us} />}
        {row.overdue > 0 && (
          <small
            className={classes.overdue}
          >{t`${plural(row.overdue, { one: "# overdue", other: "# overdue" })}`}</small>
        )}
      </td>
      <td>{row.units.length === 0 ? "–" : <Inert value={row.units.join(", ")} limit={80} />}</td>
      <td>
        <Time us={row.opened_us} />
      </td>
    </tr>
  );
}
