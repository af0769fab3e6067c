import { useLingui } from "@lingui/react/macro";
import { formatSpan } from "../time/format";
import { useNow } from "../time/now";
import { Time } from "../time/Time";
import classes from "./TimeLeft.module.css";

/** A deadline: how long is left, or how long it has been over, and the time itself. */
export function TimeLeft({ dueUs, isTight = false }: { readonly dueUs: number; readonly isTight?: boolean }) {
  const { t, i18n } = useLingui();
  const left = dueUs / 1e6 - useNow();
  const span = formatSpan(Math.abs(left), i18n.locale);
  return (
    <span className={classes.left} data-late={left < 0 || undefined} data-tight={isTight || undefined}>
      <strong>{left < 0 ? t`${span} late` : t`${span} left`}</strong> <Time us={dueUs} />
    </span>
  );
}
