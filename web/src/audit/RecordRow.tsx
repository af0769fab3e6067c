import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { AuditRecord } from "../api/names";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import classes from "./Audit.module.css";
import { type Difference, differences, MOST_ROWS } from "./difference";
import type { AuditSearch } from "./search";

/** One record; who and subject lead to everything of theirs. */
export function RecordRow({ record, search }: { readonly record: AuditRecord; readonly search: AuditSearch }) {
  const { t } = useLingui();
  const rows = differences(record.before, record.after);
  const changed = rows.filter((row) => row.kind !== "same").length;
  return (
    <tr>
      <th scope="row" className={classes.number}>
        {record.seq}
      </th>
      <td>
        <Time us={record.at_us} />
      </td>
      <td>
        <Link from="/audit" search={{ ...search, actor: record.actor }} title={t`Only this person's acts`}>
          <Inert value={record.actor} limit={60} />
        </Link>
        {record.capacity && <small>{record.capacity}</small>}
      </td>
      <td>
        <code>
          <Inert value={record.act} limit={64} />
        </code>
      </td>
      <td>
        <Link from="/audit" search={{ ...search, object: record.object }} title={t`Only what was done to this`}>
          <Inert value={record.object} limit={80} />
        </Link>
      </td>
      <td>
        {record.reason && (
          <p>
            <Inert value={record.reason} limit={300} isExpandable />
          </p>
        )}
        <details>
          <summary>
            {rows.length === 0
              ? t`Hash and link`
              : t`${plural(changed, { one: "# value changed", other: "# values changed" })}`}
          </summary>
          {rows.length > 0 && <Differences rows={rows} />}
          <dl className={classes.links}>
            <dt>{t`Hash`}</dt>
            <dd>
              <code>{record.hash}</code>
            </dd>
            <dt>{t`Of the record before`}</dt>
            <dd>
              <code>{record.prev}</code>
            </dd>
            {record.policy_version && (
              <>
                <dt>{t`Coordination rules`}</dt>
                <dd>{record.policy_version}</dd>
              </>
            )}
          </dl>
        </details>
      </td>
    </tr>
  );
}

function Differences({ rows }: { readonly rows: readonly Difference[] }) {
  const { t } = useLingui();
  const words: Readonly<Record<Difference["kind"], string>> = {
    added: t`new`,
    removed: t`gone`,
    changed: t`changed`,
    same: t`as before`,
  };
  const left = rows.length - MOST_ROWS;
  return (
    <>
      <table className={classes.differences}>
        <thead>
          <tr>
            <th scope="col">{t`Value`}</th>
            <th scope="col">{t`Before`}</th>
            <th scope="col">{t`After`}</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST_ROWS).map((row) => (
            <tr key={row.path} data-kind={row.kind}>
              <th scope="row">
                <Inert value={row.path} limit={120} /> <em>{words[row.kind]}</em>
              </th>
              <td>{row.before !== undefined && <Inert value={row.before} limit={160} isExpandable />}</td>
              <td>{row.after !== undefined && <Inert value={row.after} limit={160} isExpandable />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {left > 0 && (
        <p>{t`${plural(left, { one: "# further value is not shown", other: "# further values are not shown" })}`}</p>
      )}
    </>
  );
}
