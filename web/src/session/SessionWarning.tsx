import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { Dialog } from "../shell/Dialog";
import { formatSpan } from "../time/format";
import { useNow } from "../time/now";
import { Time } from "../time/Time";
import { idleEndMs, watchInputs } from "./lastUse";
import classes from "./SessionWarning.module.css";
import { sessionQuery } from "./session";

/** Said this long before the end: enough to finish a sentence and press a key (WCAG 2.2.1 asks for 20 seconds). */
const IDLE_WARNING_S = 180;
const ABSOLUTE_WARNING_S = 600;

/** Before a session ends for want of use, asks whether to stay; before it ends for good, says so in time. */
export function SessionWarning() {
  const { t, i18n } = useLingui();
  const queries = useQueryClient();
  const now = useNow();
  const { data: session } = useQuery({ ...sessionQuery, enabled: false });
  const [seen, setSeen] = useState<number>();
  const stay = useCallback(() => void queries.fetchQuery({ ...sessionQuery, staleTime: 0 }), [queries]);
  useEffect(() => watchInputs(window, stay), [stay]);
  if (!session) return null;
  const idle = Math.floor((idleEndMs() - Date.now()) / 1000);
  const absolute = Math.floor(session.absolute_expires_us / 1e6 - now);
  if (absolute <= ABSOLUTE_WARNING_S && absolute > 0 && seen !== session.absolute_expires_us) {
    return (
      <Dialog
        isOpen
        onClose={() => setSeen(session.absolute_expires_us)}
        title={t`Your shift at this page ends soon`}
        size="28rem"
      >
        <div className={classes.body}>
          <p>
            {t`After 12 hours everybody logs in anew. Finish what you are writing; what is sent is kept. This session ends at`}{" "}
            <Time us={session.absolute_expires_us} isClockOnly />
          </p>
          <Button onClick={() => setSeen(session.absolute_expires_us)} data-autofocus>{t`Understood`}</Button>
        </div>
      </Dialog>
    );
  }
  if (idle > IDLE_WARNING_S) return null;
  const left = formatSpan(idle, i18n.locale);
  return (
    <Dialog isOpen onClose={stay} title={t`Your session is about to end`} size="28rem">
      <div className={classes.body}>
        <p>
          {idle > 0
            ? t`Nobody has used this page for a long time. You will be logged out in ${left}.`
            : t`The session may have ended. Try to stay; if it has, log in again.`}
        </p>
        <Button onClick={stay} data-autofocus>{t`Stay logged in`}</Button>
      </div>
    </Dialog>
  );
}
