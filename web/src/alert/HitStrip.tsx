import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Alert } from "../api/names";
import { formatClock } from "../time/format";
import { Time } from "../time/Time";
import classes from "./HitStrip.module.css";
import { eventTimeUs, type Slice, sliceHits } from "./hits";
import { alertEventsQuery } from "./queries";

const SLICES = 48;
const HEIGHT = 40;

/** The hits over the window, as a strip and, for whoever cannot see it, as a table with the same numbers. */
export function HitStrip({ alert }: { readonly alert: Alert }) {
  const { t } = useLingui();
  const events = useQuery(alertEventsQuery(alert.id));
  const [isTable, setTable] = useState(false);
  if (!events.data) return null;
  const times = events.data.events.flatMap((event) => eventTimeUs(event) ?? []);
  const { start_us: startUs, end_us: endUs } = alert.window;
  const slices = sliceHits(times, startUs, endUs, SLICES);
  const shown = slices.reduce((sum, slice) => sum + slice.count, 0);
  const title = t`${plural(shown, { one: "# hit", other: "# hits" })} from ${formatClock(startUs)} to ${formatClock(endUs)} (UTC+7)`;
  return (
    <figure className={classes.strip}>
      <figcaption>
        <span>{title}</span>
        <button type="button" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? t`As a picture` : t`As a table`}
        </button>
      </figcaption>
      {isTable ? <Table slices={slices} /> : <Picture slices={slices} title={title} />}
      {shown < alert.event_count && (
        <p>{t`${plural(alert.event_count, { one: "# event in all", other: "# events in all" })}; ${shown} of them are at hand and drawn.`}</p>
      )}
    </figure>
  );
}

function Picture({ slices, title }: { readonly slices: readonly Slice[]; readonly title: string }) {
  const most = Math.max(1, ...slices.map((slice) => slice.count));
  return (
    <svg viewBox={`0 0 ${SLICES * 10} ${HEIGHT + 2}`} preserveAspectRatio="none" role="img" aria-label={title}>
      <line className={classes.base} x1="0" x2={SLICES * 10} y1={HEIGHT + 1} y2={HEIGHT + 1} />
      {slices.map((slice, index) => {
        const height = (slice.count / most) * HEIGHT;
        return slice.count === 0 ? null : (
          <rect
            key={slice.startUs}
            className={classes.hit}
            x={index * 10 + 1}
            y={HEIGHT - Math.max(3, height)}
            width={8}
            height={Math.max(3, height)}
          />
        );
      })}
    </svg>
  );
}

function Table({ slices }: { readonly slices: readonly Slice[] }) {
  const { t } = useLingui();
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{t`From`}</th>
          <th scope="col">{t({ message: "To", context: "end of a time span" })}</th>
          <th scope="col">{t`Hits`}</th>
        </tr>
      </thead>
      <tbody>
        {slices
          .filter((slice) => slice.count > 0)
          .map((slice) => (
            <tr key={slice.startUs}>
              <td>
                <Time us={Math.round(slice.startUs)} />
              </td>
              <td>
                <Time us={Math.round(slice.endUs)} />
              </td>
              <td>{slice.count}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}
