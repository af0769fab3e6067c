import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, memo, type PointerEvent, useMemo, useState } from "react";
import type { QueueQuery } from "../api/names";
import { Icon } from "../shell/Icon";
import { formatMinute } from "../time/format";
import classes from "./Strip.module.css";
import { StripTable } from "./StripTable";
import type { QueueSearch } from "./search";
import { type Brush, countIn, piecesOf, stripQuery, windowOf } from "./strip";

interface StripProps {
  /** The rows are there: now the strip may be asked for. */
  readonly isReady: boolean;
  readonly query: QueueQuery;
  readonly search: QueueSearch;
  readonly onChange: (next: Partial<QueueSearch>) => void;
}

const HEIGHT = 40;
const STEP = 10;
const KINDS = ["low", "medium", "high", "critical"] as const;

/** Groups over the time they were last seen; a stretch of it, drawn or chosen with the arrows, narrows the list. */
export const Strip = memo(function Strip({ isReady, query, search, onChange }: StripProps) {
  const { t, i18n } = useLingui();
  const { data } = useQuery({ ...stripQuery(query), enabled: isReady, placeholderData: keepPreviousData });
  const pieces = useMemo(() => (data ? piecesOf(data) : []), [data]);
  const [brush, setBrush] = useState<Brush>();
  const [isDrawing, setDrawing] = useState(false);
  const { since, before } = search;
  const isNarrowed = since !== undefined && before !== undefined;
  if (pieces.length < 2 && !isNarrowed) return null;

  const highest = Math.max(1, ...pieces.map((piece) => piece.total));
  const last = Math.max(0, pieces.length - 1);
  const at = Math.min(brush?.last ?? last, last);
  const choose = (of: Brush): void => {
    const window = windowOf(pieces, of);
    setBrush(undefined);
    if (window) onChange(window);
  };
  const clear = (): void => {
    setBrush(undefined);
    if (isNarrowed) onChange({ since: undefined, before: undefined });
  };
  const placeOf = (event: PointerEvent<HTMLDivElement>): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(last, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * pieces.length)));
  };
  const press = (event: KeyboardEvent): void => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (to !== undefined) {
      const place = Math.min(last, Math.max(0, to));
      setBrush({ first: event.shiftKey ? (brush?.first ?? at) : place, last: place });
    } else if (event.key === "Enter") choose(brush ?? { first: at, last: at });
    else if (event.key === "Escape" && (brush || isNarrowed)) clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const shown = brush ? windowOf(pieces, brush) : isNarrowed ? { since, before } : undefined;
  const text = (window: { readonly since: number; readonly before: number }): string => {
    const from = formatMinute(window.since);
    const to = formatMinute(window.before);
    const count = countIn(pieces, window.since, window.before);
    return t`${plural(count, { one: `${from} – ${to}: # alert group`, other: `${from} – ${to}: # alert groups` })}`;
  };
  const here = windowOf(pieces, brush ?? { first: at, last: at });
  return (
    <section className={classes.strip} aria-label={t`Alert groups over the time they were last seen`}>
      <div
        role="slider"
        tabIndex={0}
        aria-label={t`Time: arrows move, Shift and arrows stretch, Enter narrows the list`}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={at}
        aria-valuetext={here ? text(here) : ""}
        className={classes.picture}
        onKeyDown={press}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const place = placeOf(event);
          setDrawing(true);
          setBrush({ first: place, last: place });
        }}
        onPointerMove={(event) => {
          if (isDrawing && brush) setBrush({ first: brush.first, last: placeOf(event) });
        }}
        onPointerUp={() => {
          setDrawing(false);
          if (brush) choose(brush);
        }}
        onPointerCancel={() => {
          setDrawing(false);
          setBrush(undefined);
        }}
      >
        <svg viewBox={`0 0 ${pieces.length * STEP} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {pieces.map((piece, index) => {
            let top = HEIGHT;
            const isMeant = shown !== undefined && piece.fromUs >= shown.since && piece.toUs <= shown.before;
            return (
              <g key={piece.fromUs} data-off={(shown !== undefined && !isMeant) || undefined}>
                {isMeant && <rect className={classes.meant} x={index * STEP} y={0} width={STEP} height={HEIGHT} />}
                {piece.counts.map((count, kind) => {
                  const height = (count / highest) * (HEIGHT - 4);
                  top -= height;
                  return count > 0 ? (
                    <rect
                      key={KINDS[kind]}
                      data-severity={kind + 1}
                      x={index * STEP + 1}
                      y={top}
                      width={STEP - 2}
                      height={height}
                    />
                  ) : null;
                })}
              </g>
            );
          })}
        </svg>
      </div>
      <p className={classes.text}>
        {shown
          ? text(shown)
          : here && pieces[0]
            ? `${formatMinute(pieces[0].fromUs)} – ${formatMinute(pieces[last]?.toUs ?? 0)}`
            : null}
      </p>
      {isNarrowed && (
        <button type="button" className={classes.clear} onClick={clear}>
          <Icon name="cross" />
          {t`All times`}
        </button>
      )}
      <StripTable pieces={pieces} locale={i18n.locale} onChoose={(index) => choose({ first: index, last: index })} />
    </section>
  );
});
