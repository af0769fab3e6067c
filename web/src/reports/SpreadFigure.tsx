import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { Measured, Spread } from "../api/names";
import { Table } from "../table/Table";
import { formatSpan } from "../time/format";
import own from "./Reports.module.css";
import { SpreadBar } from "./SpreadBar";

const DRAWN = 12;

interface SpreadFigureProps {
  readonly measure: "acknowledge" | "close_alert" | "recover";
  readonly all: Measured;
  readonly rows: readonly Measured[];
  readonly nameOf: (row: Measured) => string;
  readonly byWord: string;
}

/** One measure: half took no longer than the ring, nine in ten no longer than the disc; the slowest first, all of them in the table. */
export function SpreadFigure({ measure, all, rows, nameOf, byWord }: SpreadFigureProps) {
  const { t, i18n } = useLingui();
  const id = `spread-${measure}`;
  const known = rows
    .filter((row) => row[measure].count > 0)
    .toSorted((a, b) => (b[measure].p90_us ?? 0) - (a[measure].p90_us ?? 0));
  const drawn = known.slice(0, DRAWN);
  const most = Math.max(1, ...drawn.map((row) => row[measure].p90_us ?? 0));
  const span = (us: number | null): string => (us === null ? "–" : formatSpan(us / 1e6, i18n.locale));
  const rest = known.length - drawn.length;
  return (
    <figure className={own.figure}>
      <figcaption id={id}>
        <strong>{useSentence(measure, all[measure])}</strong>
      </figcaption>
      {drawn.length > 0 && (
        <>
          <div className={own.rows} aria-hidden="true">
            {drawn.map((row) => (
              <div key={row.key}>
                <span className={own.name} title={nameOf(row)}>
                  {nameOf(row)}
                </span>
                <SpreadBar spread={row[measure]} mostUs={most} />
                <span className={own.figures}>
                  {span(row[measure].p50_us)} / {span(row[measure].p90_us)}
                </span>
              </div>
            ))}
          </div>
          <Legend />
          {rest > 0 && (
            <p
              className={own.legend}
            >{t`${plural(rest, { one: "# more is in the table", other: "# more are in the table" })}`}</p>
          )}
          <details>
            <summary>{t`As a table`}</summary>
            <Table labelledBy={id} minWidth="24rem" columns={[byWord, t`Count`, t`Half within`, t`Nine in ten within`]}>
              {known.map((row) => (
                <tr key={row.key}>
                  <th scope="row">{nameOf(row)}</th>
                  <td>{row[measure].count}</td>
                  <td>{span(row[measure].p50_us)}</td>
                  <td>{span(row[measure].p90_us)}</td>
                </tr>
              ))}
            </Table>
          </details>
        </>
      )}
    </figure>
  );
}

function useSentence(measure: SpreadFigureProps["measure"], { count, p50_us: p50, p90_us: p90 }: Spread): string {
  const { t, i18n } = useLingui();
  const half = formatSpan((p50 ?? 0) / 1e6, i18n.locale);
  const most = formatSpan((p90 ?? 0) / 1e6, i18n.locale);
  switch (measure) {
    case "acknowledge":
      return count === 0
        ? t`Taking on (MTTA): nothing was taken in this time`
        : t`Taking on (MTTA): half of ${count} were taken within ${half}, nine in ten within ${most}`;
    case "close_alert":
      return count === 0
        ? t`Closing an alert: nothing was closed in this time`
        : t`Closing an alert: half of ${count} were closed within ${half}, nine in ten within ${most}`;
    case "recover":
      return count === 0
        ? t`Recovery from an incident (MTTR): nothing was recovered in this time`
        : t`Recovery from an incident (MTTR): half of ${count} within ${half}, nine in ten within ${most}`;
  }
}

function Legend() {
  const { t } = useLingui();
  return (
    <p className={own.legend} aria-hidden="true">
      <span>
        <svg viewBox="0 0 14 14" aria-hidden="true" focusable="false">
          <circle className={own.half} cx="7" cy="7" r="5" />
        </svg>
        {t`half took no longer`}
      </span>
      <span>
        <svg viewBox="0 0 14 14" aria-hidden="true" focusable="false">
          <circle className={own.most} cx="7" cy="7" r="5" />
        </svg>
        {t`nine in ten took no longer`}
      </span>
    </p>
  );
}
