import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { CalendarAnswer, CalendarShift, FindingView } from "../api/names";
import { inLanguage } from "../language/language";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { useShiftText } from "./Calendar";
import classes from "./Calendar.module.css";
import { HOLES, placeIn } from "./week";
import { useSourceWord } from "./words";

interface ShiftTableProps {
  readonly calendar: CalendarAnswer;
  readonly findings: readonly FindingView[];
  readonly from: number;
  readonly onOpen: (shift: CalendarShift) => void;
}

/** The week as a table; on a narrow screen it stands in the place of the picture. */
export function ShiftTable({ calendar, findings, from, onOpen }: ShiftTableProps) {
  const { t, i18n } = useLingui();
  const [isNarrow] = useState(() => window.matchMedia("(max-width: 62rem)").matches);
  const text = useShiftText();
  const sourceWord = useSourceWord();
  const missing = findings.filter((each) => HOLES.has(each.kind) && placeIn(from, each.start_us, each.end_us));
  return (
    <details className={classes.twin} open={isNarrow}>
      <summary id="duty-table">{t`The week as a table`}</summary>
      <Table labelledBy="duty-table" columns={[t({ message: "Who", context: "duty" }), t`Shift`]} minWidth="17rem">
        {missing.map((each) => (
          <tr key={`${each.kind} ${each.role} ${each.start_us}`} className={classes.missing}>
            <th scope="row">{t`Somebody is missing`}</th>
            <td>
              <Inert value={inLanguage(each.text, i18n.locale) ?? ""} limit={300} />
            </td>
          </tr>
        ))}
        {calendar.days.map((day) => (
          <tr key={day.date}>
            <th scope="row">{day.works ? t`Working day instead` : t`Day off`}</th>
            <td>
              {day.date.split("-").toReversed().join("/")}:{" "}
              <Inert value={inLanguage(day.name, i18n.locale) ?? ""} limit={120} />
            </td>
          </tr>
        ))}
        {calendar.shifts.map((shift) => (
          <tr key={`${shift.seat} ${shift.person.id} ${shift.start_us}`}>
            <th scope="row">
              <button type="button" onClick={() => onOpen(shift)}>
                <Inert value={text(shift).person} limit={80} />
              </button>
            </th>
            <td>
              <Time us={shift.start_us} /> – <Time us={shift.end_us} />
              <small>
                <Inert value={shift.seat} limit={63} />
                {shift.priority > 1 && ` · ${t`stands by`}`}
                {` · ${sourceWord(shift.source)}`}
              </small>
            </td>
          </tr>
        ))}
      </Table>
    </details>
  );
}
