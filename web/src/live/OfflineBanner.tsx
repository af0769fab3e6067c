import { useLingui } from "@lingui/react/macro";
import { Icon } from "../shell/Icon";
import { formatClock } from "../time/format";
import { useLive } from "./Live";
import classes from "./OfflineBanner.module.css";

export function OfflineBanner() {
  const { t } = useLingui();
  const { status } = useLive();
  const since = status.kind === "offline" ? formatClock(status.sinceMs * 1000) : "";
  return (
    <div role="alert">
      {status.kind === "offline" && (
        <p className={classes.banner}>
          <Icon name="warn" />
          {t`Live updates have been interrupted since ${since}. The page asks every 15 seconds until they are back.`}
        </p>
      )}
    </div>
  );
}
