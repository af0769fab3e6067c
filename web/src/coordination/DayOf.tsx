import { Inert } from "../text/Inert";
import { Time } from "../time/Time";

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/** A day of the calendar, which has no time and no zone: dd/MM/yyyy. */
export function DayOf({ day }: { readonly day: string }) {
  const parts = DAY.exec(day);
  return parts ? <time dateTime={day}>{`${parts[3]}/${parts[2]}/${parts[1]}`}</time> : <Inert value={day} limit={40} />;
}

/** When something was signed: a day on paper, a moment with a key. */
export function SignedAt({ at }: { readonly at: string }) {
  const milliseconds = Date.parse(at);
  if (DAY.test(at) || Number.isNaN(milliseconds)) return <DayOf day={at} />;
  return <Time us={milliseconds * 1000} />;
}
