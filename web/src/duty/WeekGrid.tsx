import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useRef, useState } from "react";
import type { CalendarAnswer, CalendarShift, FindingView } from "../api/names";
import { inLanguage } from "../language/language";
import { sessionQuery } from "../session/session";
import { Inert } from "../text/Inert";
import { formatLocal } from "../time/format";
import { useShiftText } from "./Calendar";
import { GapLane } from "./GapLane";
import classes from "./WeekGrid.module.css";
import { addDays, type Lane, lanesOf, placeIn, startOf } from "./week";
import { useSourceWord } from "./words";

interface WeekGridProps {
  readonly calendar: CalendarAnswer;
  readonly monday: string;
  readonly findings: readonly FindingView[];
  readonly nowUs: number;
  readonly onOpen: (shift: CalendarShift) => void;
}

/** In per cent of the week: what is narrower has no room for a name, only for its colour; its label and the table have it. */
const NARROW = 5;

const keyOf = (shift: CalendarShift): string => `${shift.seat} ${shift.person.id} ${shift.start_us}`;

/** A week as a picture: one lane a seat, one bar a shift. One stop for Tab, arrows inside, Enter opens. */
export function WeekGrid({ calendar, monday, findings, nowUs, onOpen }: WeekGridProps) {
  const { t } = useLingui();
  const weekUs = startOf(monday);
  const shown = calendar.shifts.filter((shift) => placeIn(weekUs, shift.start_us, shift.end_us));
  const lanes = lanesOf(shown);
  const grid = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState<string>();
  const first = lanes[0]?.shifts[0];
  const active = shown.some((shift) => keyOf(shift) === cursor) ? cursor : first && keyOf(first);
  const move = (event: KeyboardEvent): void => {
    const lane = lanes.findIndex((each) => each.shifts.some((shift) => keyOf(shift) === active));
    const here = lanes[lane]?.shifts.find((shift) => keyOf(shift) === active);
    const to = here && target(event.key, lanes, lane, here);
    if (!to) return;
    event.preventDefault();
    event.stopPropagation();
    setCursor(keyOf(to));
    grid.current?.querySelector<HTMLElement>(`[data-shift="${CSS.escape(keyOf(to))}"]`)?.focus();
  };
  const now = placeIn(weekUs, nowUs, nowUs + 1);
  return (
    <div
      className={classes.grid}
      role="grid"
      tabIndex={-1}
      aria-labelledby="duty-calendar"
      aria-description={t`Arrow keys move between shifts, Enter opens one`}
      ref={grid}
      onKeyDown={move}
    >
      <Days calendar={calendar} monday={monday} nowUs={nowUs} />
      <GapLane findings={findings} weekUs={weekUs} />
      {lanes.map((lane) => (
        <LaneRow
          key={lane.id}
          lane={lane}
          weekUs={weekUs}
          active={active}
          onOpen={onOpen}
          onFocus={setCursor}
          now={now?.left}
        />
      ))}
    </div>
  );
}

function target(key: string, lanes: readonly Lane[], lane: number, here: CalendarShift): CalendarShift | undefined {
  const shifts = lanes[lane]?.shifts ?? [];
  const place = shifts.indexOf(here);
  if (key === "ArrowRight") return shifts[place + 1];
  if (key === "ArrowLeft") return shifts[place - 1];
  if (key === "Home") return shifts[0];
  if (key === "End") return shifts.at(-1);
  const other = key === "ArrowDown" ? lanes[lane + 1] : key === "ArrowUp" ? lanes[lane - 1] : undefined;
  return other?.shifts.findLast((shift) => shift.start_us <= here.start_us) ?? other?.shifts[0];
}

function Days({ calendar, monday, nowUs }: Pick<WeekGridProps, "calendar" | "monday" | "nowUs">) {
  const { t, i18n } = useLingui();
  const weekday = new Intl.DateTimeFormat(i18n.locale, { weekday: "short", timeZone: "UTC" });
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the shifts inside have the focus
    <div className={classes.row} role="row">
      {/* biome-ignore lint/a11y/useFocusableInteractive: the shifts inside have the focus */}
      <span className={classes.seat} role="columnheader">{t`Seat`}</span>
      {[0, 1, 2, 3, 4, 5, 6].map((count) => {
        const day = addDays(monday, count);
        const named = calendar.days.find((each) => each.date === day);
        const isToday = nowUs >= startOf(day) && nowUs < startOf(addDays(day, 1));
        return (
          // biome-ignore lint/a11y/useFocusableInteractive: the shifts inside have the focus
          <span
            key={day}
            role="columnheader"
            className={classes.day}
            data-off={named && !named.works ? true : undefined}
            data-today={isToday || undefined}
          >
            {weekday.format(Date.parse(`${day}T00:00:00Z`))} {day.slice(8)}/{day.slice(5, 7)}
            {isToday && <em>{t`today`}</em>}
            {named && (
              <small title={inLanguage(named.name, i18n.locale)}>
                <Inert value={inLanguage(named.name, i18n.locale) ?? ""} limit={60} />
                {named.works && t` (worked)`}
              </small>
            )}
          </span>
        );
      })}
    </div>
  );
}

interface LaneRowProps {
  readonly lane: Lane;
  readonly weekUs: number;
  readonly active: string | undefined;
  readonly now: number | undefined;
  readonly onOpen: (shift: CalendarShift) => void;
  readonly onFocus: (key: string) => void;
}

function LaneRow({ lane, weekUs, active, now, onOpen, onFocus }: LaneRowProps) {
  const { t, i18n } = useLingui();
  const text = useShiftText();
  const sourceWord = useSourceWord();
  const { data: session } = useQuery({ ...sessionQuery, enabled: false });
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the shifts inside have the focus
    <div className={classes.row} role="row">
      {/* biome-ignore lint/a11y/useFocusableInteractive: the shifts inside have the focus */}
      <span className={classes.seat} role="rowheader">
        {inLanguage(lane.role, i18n.locale)}
        <small>
          <Inert value={lane.seat} limit={63} />
          {lane.priority > 1 && ` · ${t`stands by`}`}
          {lane.isAdded && ` · ${t`besides`}`}
        </small>
      </span>
      <div className={classes.lane} role="presentation">
        {now !== undefined && <span className={classes.now} style={{ left: `${now}%` }} aria-hidden="true" />}
        {lane.shifts.map((shift) => {
          const place = placeIn(weekUs, shift.start_us, shift.end_us);
          if (!place) return null;
          const { person, role } = text(shift);
          const from = formatLocal(shift.start_us).slice(0, 16);
          const to = formatLocal(shift.end_us).slice(0, 16);
          const source = sourceWord(shift.source);
          return (
            // biome-ignore lint/a11y/useFocusableInteractive: the button inside has the focus
            <span
              key={keyOf(shift)}
              role="gridcell"
              className={classes.cell}
              style={{ left: `${place.left}%`, width: `${place.width}%` }}
            >
              <button
                type="button"
                data-shift={keyOf(shift)}
                data-source={shift.source}
                data-presence={shift.presence}
                data-mine={shift.person.id === session?.person.id || undefined}
                tabIndex={keyOf(shift) === active ? 0 : -1}
                onFocus={() => onFocus(keyOf(shift))}
                onClick={() => onOpen(shift)}
                aria-label={t`${person}, ${role}, from ${from} to ${to}, ${source}`}
                title={t`${person}, ${role}, from ${from} to ${to}, ${source}`}
              >
                {shift.source !== "layer" && place.width > NARROW && <b>{source}</b>}
                {place.width > NARROW ? <Inert value={person} limit={60} /> : null}
              </button>
            </span>
          );
        })}
      </div>
    </div>
  );
}
