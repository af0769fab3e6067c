import { useLingui } from "@lingui/react/macro";
import type { ClockView } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { formatSpan } from "../time/format";
import classes from "./Clocks.module.css";
import { TimeLeft } from "./TimeLeft";
import { useClockStateWord } from "./words";

/** The team's own clocks; none of them is law, that is what obligations are. */
export function Clocks({ clocks }: { readonly clocks: readonly ClockView[] }) {
  const { t } = useLingui();
  const shown = clocks.filter((clock) => clock.limit_minutes !== null);
  if (shown.length === 0) return null;
  return (
    <Card id="clocks" title={t`The team's own clocks`}>
      <ul className={classes.list}>
        {shown.map((clock) => (
          <Clock key={clock.clock} clock={clock} />
        ))}
      </ul>
    </Card>
  );
}

function Clock({ clock }: { readonly clock: ClockView }) {
  const { t, i18n } = useLingui();
  const word = useClockStateWord();
  const isRunning = clock.state === "running" || clock.state === "overdue";
  const taken = formatSpan(clock.elapsed_us / 1e6, i18n.locale);
  const limit = formatSpan((clock.limit_minutes ?? 0) * 60, i18n.locale);
  return (
    <li>
      <p>
        <strong>{inLanguage(clock.text, i18n.locale)}</strong> ·{" "}
        <span data-state={clock.state}>{word(clock.state)}</span>
      </p>
      {isRunning && clock.due_us !== null ? (
        <TimeLeft dueUs={clock.due_us} isTight />
      ) : (
        <small>{clock.time === "business" ? t`${taken} of ${limit} working time` : t`${taken} of ${limit}`}</small>
      )}
    </li>
  );
}
