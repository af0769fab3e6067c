import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { peopleQuery } from "../alert/queries";
import type { CalendarShift, PreviewEdit } from "../api/names";
import { inLanguage } from "../language/language";
import { sessionQuery } from "../session/session";
import { useRight } from "../session/useRights";
import type { ChoiceProps } from "../shell/Choice";
import { formatLocal } from "../time/format";
import type { Edit, EditKind } from "./edit";
import { calendarQuery } from "./queries";
import { DAY_US, dayOf, fromInput, startOf, toInput } from "./week";

/** As far ahead as a shift is offered in the lists of the dialog. */
const AHEAD_US = 45 * DAY_US;
const HOUR_US = 3_600_000_000;

export interface Draft {
  readonly kind: EditKind;
  readonly choices: readonly ChoiceProps[];
  readonly isTimed: boolean;
  readonly start: string;
  readonly end: string;
  readonly setStart: (value: string) => void;
  readonly setEnd: (value: string) => void;
  readonly reason: string;
  readonly setReason: (value: string) => void;
  readonly leaveKind: "leave" | "training";
  /** What the server is asked to look at; nothing while the form is not whole. */
  readonly body: PreviewEdit | undefined;
}

const keyOf = (shift: CalendarShift): string => `${shift.seat} ${shift.start_us} ${shift.end_us}`;

/** What somebody has entered so far, and the lists they choose from. */
export function useDraft(edit: Edit, nowUs: number): Draft {
  const { t, i18n } = useLingui();
  const { kind, shift } = edit;
  const { data: session } = useQuery({ ...sessionQuery, enabled: false });
  const mayEdit = useRight("duty.edit");
  const maySeePeople = useRight("people.read");
  const today = startOf(dayOf(nowUs));
  const calendar = useQuery(calendarQuery(today, today + AHEAD_US));
  const people = useQuery({ ...peopleQuery, enabled: maySeePeople });
  const me = session?.person.id ?? "";
  const shifts = calendar.data?.shifts ?? [];
  const [start, setStart] = useState(() => toInput(Math.max(shift?.start_us ?? nowUs, nowUs)));
  const [end, setEnd] = useState(() => toInput(shift?.end_us ?? nowUs + 12 * HOUR_US));
  const [reason, setReason] = useState("");
  const [person, setPerson] = useState(kind === "sick" && shift ? shift.person.id : "");
  const [seat, setSeat] = useState(shift?.seat ?? "");
  const [mode, setMode] = useState<"instead" | "added">("instead");
  const [leaveKind, setLeaveKind] = useState<"leave" | "training">("leave");
  const [given, setGiven] = useState(shift ? keyOf(shift) : "");
  const [taker, setTaker] = useState("");
  const [inReturn, setInReturn] = useState("");

  const nameOf = (each: CalendarShift["person"]): string => inLanguage(each.name, i18n.locale) ?? each.id;
  const spanOf = (each: CalendarShift): string =>
    `${each.seat}: ${formatLocal(each.start_us).slice(0, 16)} – ${formatLocal(each.end_us).slice(0, 16)}`;
  const mine = shifts.filter((each) => each.person.id === me && each.start_us > nowUs);
  const chosen = mine.find((each) => keyOf(each) === given);
  const onRota = new Map(shifts.map((each) => [each.person.id, nameOf(each.person)]));
  const everybody = people.data
    ? people.data.people.map((each) => ({ value: each.id, text: inLanguage(each.name, i18n.locale) ?? each.id }))
    : [...onRota].map(([value, label]) => ({ value, text: label }));
  const sorted = everybody.toSorted((a, b) => new Intl.Collator("vi").compare(a.text, b.text));
  const takers = new Map(
    shifts
      .filter((each) => each.role === chosen?.role && each.person.id !== me)
      .map((each) => [each.person.id, nameOf(each.person)]),
  );
  const theirs = shifts.filter(
    (each) => each.person.id === taker && each.start_us > nowUs && each.role === chosen?.role,
  );
  const returned = theirs.find((each) => keyOf(each) === inReturn);
  const none = { value: "", text: t`Choose` };
  const myself = { value: "", text: t`Myself` };
  const who: ChoiceProps = {
    label: kind === "override" ? t`Who is put in` : t({ message: "Who", context: "duty" }),
    value: person,
    options: [kind === "override" ? none : myself, ...sorted],
    onChange: setPerson,
  };
  const choices: Record<EditKind, readonly ChoiceProps[]> = {
    override: [
      {
        label: t`Seat`,
        value: seat,
        options: [none, ...[...new Set(shifts.map((each) => each.seat))].map((value) => ({ value, text: value }))],
        onChange: setSeat,
      },
      who,
      {
        label: t`How`,
        value: mode,
        options: [
          { value: "instead", text: t`in the place of whoever has it` },
          { value: "added", text: t`besides whoever has it` },
        ],
        onChange: (value) => setMode(value === "added" ? "added" : "instead"),
      },
    ],
    swap: [
      {
        label: t`Your shift`,
        value: chosen ? given : "",
        options: [none, ...mine.map((each) => ({ value: keyOf(each), text: spanOf(each) }))],
        onChange: setGiven,
      },
      {
        label: t`Who takes it`,
        value: taker,
        options: [none, ...[...takers].map(([value, label]) => ({ value, text: label }))],
        onChange: setTaker,
      },
      {
        label: t`A shift of theirs in return`,
        value: inReturn,
        options: [{ value: "", text: t`None` }, ...theirs.map((each) => ({ value: keyOf(each), text: spanOf(each) }))],
        onChange: setInReturn,
      },
    ],
    leave: [
      ...(mayEdit ? [who] : []),
      {
        label: t`What for`,
        value: leaveKind,
        options: [
          { value: "leave", text: t`Leave` },
          { value: "training", text: t`Training` },
        ],
        onChange: (value) => setLeaveKind(value === "training" ? "training" : "leave"),
      },
    ],
    sick: mayEdit ? [who] : [],
  };

  const body = ((): PreviewEdit | undefined => {
    if (kind === "swap") {
      if (!chosen || taker === "") return undefined;
      const back = returned && {
        return_seat: returned.seat,
        return_start_us: returned.start_us,
        return_end_us: returned.end_us,
      };
      return {
        kind,
        mode: "instead",
        seat: chosen.seat,
        taker,
        start_us: chosen.start_us,
        end_us: chosen.end_us,
        ...back,
      };
    }
    const from = fromInput(start);
    const to = fromInput(end);
    if (from === undefined || to === undefined || from >= to) return undefined;
    if (kind === "override" && (seat === "" || person === "")) return undefined;
    const whom = person === "" ? {} : { person };
    return { kind, mode, start_us: from, end_us: to, ...whom, ...(kind === "override" ? { seat } : {}) };
  })();
  const isTimed = kind !== "swap";
  return { kind, choices: choices[kind], isTimed, start, end, setStart, setEnd, reason, setReason, leaveKind, body };
}
