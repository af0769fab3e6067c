import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { DatasetKind, RuleListRow } from "../api/names";
import stacked from "../incident/Stacked.module.css";
import { inLanguage } from "../language/language";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { Alerts, FalseShare, Noise } from "./figures";
import { LevelMark, StateMark } from "./marks";
import classes from "./Rules.module.css";

interface RuleTableProps {
  readonly rows: readonly RuleListRow[];
  readonly kind: DatasetKind | undefined;
  /** False: the reader sees no alerts, nor numbers of them. */
  readonly countsAlerts: boolean;
}

export function RuleTable({ rows, kind, countsAlerts }: RuleTableProps) {
  const { t } = useLingui();
  const columns = [t`Level`, t`Rule`, t`State`, t`Technique, log source`];
  const counted = [t`Alerts, 7 / 30 days`, t`False alarms`, t`Last fired`, t`Noise`];
  return (
    <div className={stacked.stacked}>
      <Table labelledBy="rule-list" columns={countsAlerts ? [...columns, ...counted] : columns} minWidth="60rem">
        {rows.map((row) => (
          <Row key={row.id} row={row} kind={kind} />
        ))}
      </Table>
    </div>
  );
}

function Row({ row, kind }: { readonly row: RuleListRow; readonly kind: DatasetKind | undefined }) {
  const { t, i18n } = useLingui();
  const { figures } = row;
  return (
    <tr>
      <td>
        <LevelMark level={row.level} />
      </td>
      <th scope="row">
        <span className={classes.title}>
          <Link to="/rules/$name" params={{ name: row.id }} search={{ kind }}>
            <Inert value={inLanguage(row.title, i18n.locale) || row.name} limit={160} />
          </Link>
          <small>
            <Inert value={row.pack ? `${row.pack} · ${row.location}` : row.location} limit={140} />
          </small>
        </span>
      </th>
      <td>
        <StateMark state={row.state} />
      </td>
      <td>
        {row.techniques.join(", ") || NONE}
        <small>
          <Inert value={row.log_source} limit={80} />
        </small>
      </td>
      {figures && (
        <>
          <td className={classes.figure} data-label={t`Alerts, 7 / 30 days`}>
            <Alerts of={figures} />
          </td>
          <td className={classes.figure} data-label={t`False alarms`} data-none={figures.closed_30 === 0 || undefined}>
            <FalseShare of={figures} />
          </td>
          <td className={classes.figure} data-label={t`Last fired`} data-none={figures.last_us === null || undefined}>
            {figures.last_us === null ? NONE : <Time us={figures.last_us} />}
          </td>
          <td className={classes.figure} data-label={t`Noise`} data-none={figures.noise === null || undefined}>
            <Noise of={figures} />
          </td>
        </>
      )}
    </tr>
  );
}

const NONE = "–";
