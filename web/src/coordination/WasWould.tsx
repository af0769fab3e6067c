import { useLingui } from "@lingui/react/macro";
import { useId } from "react";
import { Table } from "../table/Table";
import classes from "./Simulation.module.css";

interface WasWouldProps {
  /** A sentence that says what the picture shows. */
  readonly title: string;
  readonly what: string;
  readonly bars: readonly { readonly name: string; readonly was: number; readonly would: number }[];
}

const LABEL = 190;
const WIDTH = 640;
const BAR = 11;
const ROW = 34;
const NUMBER = 40;

/** Pairs of bars: hollow = as it was, solid = as it would have been; the same as a table below. */
export function WasWould({ title, what, bars }: WasWouldProps) {
  const { t, i18n } = useLingui();
  const id = useId();
  const most = Math.max(1, ...bars.flatMap((bar) => [bar.was, bar.would]));
  const length = (value: number): number => (value / most) * (WIDTH - LABEL - NUMBER);
  const number = new Intl.NumberFormat(i18n.locale);
  return (
    <figure className={classes.picture}>
      <figcaption id={id}>{title}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${bars.length * ROW}`} role="img" aria-label={title}>
        {bars.map((bar, index) => {
          const top = index * ROW + 3;
          return (
            <g key={bar.name}>
              <text x={LABEL - 8} y={top + BAR + 4} textAnchor="end">
                {bar.name.length > 26 ? `${bar.name.slice(0, 25)}…` : bar.name}
              </text>
              <rect className={classes.was} x={LABEL} y={top} width={length(bar.was)} height={BAR} />
              <text x={LABEL + length(bar.was) + 6} y={top + BAR - 1}>
                {number.format(bar.was)}
              </text>
              <rect className={classes.would} x={LABEL} y={top + BAR + 3} width={length(bar.would)} height={BAR} />
              <text x={LABEL + length(bar.would) + 6} y={top + BAR + 3 + BAR - 1}>
                {number.format(bar.would)}
              </text>
            </g>
          );
        })}
      </svg>
      <p>{t`Hollow: as it was. Solid: as it would have been.`}</p>
      <details>
        <summary>{t`As a table`}</summary>
        <Table labelledBy={id} columns={[what, t`Was`, t`Would have been`]} minWidth="20rem">
          {bars.map((bar) => (
            <tr key={bar.name}>
              <th scope="row">{bar.name}</th>
              <td>{number.format(bar.was)}</td>
              <td>{number.format(bar.would)}</td>
            </tr>
          ))}
        </Table>
      </details>
    </figure>
  );
}
