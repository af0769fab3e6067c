import { useLingui } from "@lingui/react/macro";
import { formatSpan, formatUtc } from "../time/format";
import { serverSeconds, useNow } from "../time/now";
import classes from "./Clock.module.css";

interface ClockProps {
  readonly receivedUs: number;
  readonly dueUs: number | null;
}

const FINE_S = 150;
const COARSE_S = 10;

/** How long it has waited, against the time by which somebody must take it. */
export function Clock({ receivedUs, dueUs }: ClockProps) {
  const { t, i18n } = useLingui();
  // Where minutes are shown, seconds change nothing: a list of old rows stands still.
  const at = serverSeconds();
  const isFine = at - receivedUs / 1e6 < FINE_S || (dueUs !== null && Math.abs(dueUs / 1e6 - at) < FINE_S);
  const now = useNow(isFine ? 1 : COARSE_S);
  const age = formatSpan(now - receivedUs / 1e6, i18n.locale);
  if (dueUs === null) {
    return (
      <span className={classes.clock} title={formatUtc(receivedUs)}>
        {age}
      </span>
    );
  }
  const left = dueUs / 1e6 - now;
  const whole = Math.max(1, (dueUs - receivedUs) / 1e6);
  const used = Math.min(1, Math.max(0, 1 - left / whole));
  const isLate = left < 0;
  const span = formatSpan(Math.abs(left), i18n.locale);
  return (
    <span className={classes.clock} data-late={isLate || undefined} title={formatUtc(dueUs)}>
      <span className={classes.age}>{age}</span>
      <span className={classes.due}>{isLate ? t`${span} late` : t`${span} left`}</span>
      <svg className={classes.bar} viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">
        <rect className={classes.track} width="100" height="2" />
        <rect className={classes.used} width={used * 100} height="2" />
      </svg>
    </span>
  );
}
