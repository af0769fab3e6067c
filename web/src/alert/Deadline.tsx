import { useLingui } from "@lingui/react/macro";
import type { DeadlineView } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { formatSpan } from "../time/format";
import { useNow } from "../time/now";
import { Time } from "../time/Time";
import { Basis } from "./Basis";
import classes from "./Deadline.module.css";

/** The clock that runs until somebody takes the alert, and who hears of it next. */
export function Deadline({ deadline, stands }: { readonly deadline: DeadlineView; readonly stands: boolean }) {
  const { t, i18n } = useLingui();
  const now = useNow();
  const left = deadline.due_us / 1e6 - now;
  const span = formatSpan(Math.abs(left), i18n.locale);
  const isRunning = deadline.state === "running";
  const isLate = isRunning && left < 0;
  const words = (): string => {
    switch (deadline.state) {
      case "running":
        return isLate ? t`${span} late` : t`${span} left`;
      case "stopped":
        return stands ? t`Stopped: somebody has taken it` : t`Stopped: nothing in the group stands any more`;
      case "exhausted":
        return t`Everybody on the ladder has been told; still nobody has taken it`;
    }
  };
  return (
    <Card id="deadline" title={t`Time to take it`}>
      <p className={classes.state} data-late={isLate || deadline.state === "exhausted" || undefined}>
        {words()}
      </p>
      <dl className={classes.steps}>
        <dt>{t`Due`}</dt>
        <dd>
          <Time us={deadline.due_us} />
        </dd>
        {isRunning && deadline.next_step && (
          <>
            <dt>{t`Next`}</dt>
            <dd>
              {inLanguage(deadline.next_step, i18n.locale)}
              {deadline.next_step_us !== null && (
                <>
                  {" · "}
                  <Time us={deadline.next_step_us} isClockOnly />
                </>
              )}
            </dd>
          </>
        )}
      </dl>
      {deadline.notifications.length > 0 && (
        <details className={classes.told}>
          <summary>{t`Who was told (${deadline.notifications.length})`}</summary>
          <ul>
            {deadline.notifications.map((notice) => (
              <li key={`${notice.step} ${notice.person.id} ${notice.channel} ${notice.at_us}`}>
                <Time us={notice.at_us} isClockOnly /> {inLanguage(notice.person.name, i18n.locale)}
                <NoticeState notice={notice} />
              </li>
            ))}
          </ul>
        </details>
      )}
      <Basis basis={deadline.basis} />
    </Card>
  );
}

function NoticeState({ notice }: { readonly notice: DeadlineView["notifications"][number] }) {
  const { t } = useLingui();
  const channel = notice.channel;
  const words = (): string => {
    switch (notice.state) {
      case "sent":
      case "delivered":
      case "receipted":
        return t`by ${channel}`;
      case "queued":
      case "sending":
      case "failed":
        return t`by ${channel}, not sent yet`;
      case "dead":
        return t`by ${channel}, but it could not be sent`;
      case "withdrawn":
        return t`by ${channel}, withdrawn before it was sent`;
      case "withheld":
        return t`by ${channel}, withheld: above what the recipient may see`;
      case "simulated":
        return t`by ${channel}, simulated: nothing left the house`;
      case "no_endpoint":
        return t`by ${channel}, but no address is known`;
    }
  };
  return <small>{words()}</small>;
}
