import { useLingui } from "@lingui/react/macro";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { CalendarAnswer, CalendarShift } from "../api/names";
import { useShortcuts } from "../keyboard/Keyboard";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { Icon } from "../shell/Icon";
import { useNow } from "../time/now";
import classes from "./Calendar.module.css";
import type { Edit } from "./edit";
import { calendarQuery, checksQuery } from "./queries";
import { ShiftDialog } from "./ShiftDialog";
import { ShiftTable } from "./ShiftTable";
import { WeekGrid } from "./WeekGrid";
import { addDays, mondayOf, startOf, WEEK_US } from "./week";

/** The final rota of a week: layers, swaps, overrides, days off and gaps; as a picture and as a table. */
export function Calendar({ onEdit }: { readonly onEdit: (edit: Edit) => void }) {
  const { t } = useLingui();
  const nowSeconds = useNow();
  const navigate = useNavigate({ from: "/duty" });
  const { week } = useSearch({ from: "/shell/duty" });
  const [opened, setOpened] = useState<CalendarShift>();
  const thisWeek = mondayOf(nowSeconds * 1e6);
  const monday = week ?? thisWeek;
  const from = startOf(monday);
  const calendar = useQuery({ ...calendarQuery(from, from + WEEK_US), placeholderData: keepPreviousData });
  const checks = useQuery(checksQuery);
  const go = (to: string): void =>
    void navigate({ search: (old) => ({ ...old, week: to === thisWeek ? undefined : to }) });
  const turn = (weeks: number): void => go(addDays(monday, weeks * 7));
  useShortcuts("duty", {
    "duty.nextWeek": () => turn(1),
    "duty.previousWeek": () => turn(-1),
    "duty.thisWeek": () => go(thisWeek),
  });
  const days = dayWords(monday);
  return (
    <Card
      id="duty-calendar"
      title={t`Who is on duty from ${days.first} to ${days.last}`}
      aside={
        <span className={classes.turn}>
          <button type="button" onClick={() => turn(-1)} aria-keyshortcuts="P" aria-label={t`Week before`}>
            <span className={classes.back}>
              <Icon name="chevron" />
            </span>
          </button>
          <button type="button" onClick={() => go(thisWeek)} aria-keyshortcuts="T">{t`This week`}</button>
          <button type="button" onClick={() => turn(1)} aria-keyshortcuts="N" aria-label={t`Next week`}>
            <Icon name="chevron" />
          </button>
        </span>
      }
    >
      <Fetched query={calendar}>
        {(found) => (
          <>
            <UnknownYears calendar={found} />
            <WeekGrid
              calendar={found}
              monday={monday}
              findings={checks.data?.findings ?? []}
              nowUs={nowSeconds * 1e6}
              onOpen={setOpened}
            />
            <ShiftTable calendar={found} findings={checks.data?.findings ?? []} from={from} onOpen={setOpened} />
          </>
        )}
      </Fetched>
      {opened && (
        <ShiftDialog
          shift={opened}
          onClose={() => setOpened(undefined)}
          onEdit={(edit) => {
            setOpened(undefined);
            onEdit(edit);
          }}
        />
      )}
    </Card>
  );
}

function UnknownYears({ calendar }: { readonly calendar: CalendarAnswer }) {
  const { t } = useLingui();
  const years = calendar.unknown_years.join(", ");
  if (years === "") return null;
  return (
    <p className={classes.unknown}>
      <Icon name="warn" />
      {t`The signed calendar says nothing of ${years}: public holidays of that year are not shown and not reckoned with.`}
    </p>
  );
}

function dayWords(monday: string): { readonly first: string; readonly last: string } {
  const word = (day: string): string => day.split("-").toReversed().join("/");
  return { first: word(monday), last: word(addDays(monday, 6)) };
}

export function useShiftText(): (shift: CalendarShift) => { readonly person: string; readonly role: string } {
  const { i18n } = useLingui();
  return (shift) => ({
    person: inLanguage(shift.person.name, i18n.locale) ?? shift.person.id,
    role: inLanguage(shift.role_name, i18n.locale) ?? shift.role,
  });
}
