import { useLingui } from "@lingui/react/macro";
import { useRight } from "../session/useRights";
import { Icon } from "../shell/Icon";
import buttons from "../shell/IconButton.module.css";
import { useLive } from "./Live";
import classes from "./LiveLight.module.css";

/** Whether what is on screen is current, in a word and a shape; pressing it pauses or resumes (WCAG 2.2.2). */
export function LiveLight() {
  const { t } = useLingui();
  const { status, isPaused, setPaused } = useLive();
  const mayFollow = useRight("stream.read");
  const word = isPaused
    ? t`Paused`
    : status.kind === "live"
      ? t({ message: "Live", context: "updates" })
      : status.kind === "offline"
        ? t`Offline`
        : t`Connecting`;
  if (!mayFollow) return null;
  const action = isPaused ? t`Resume live updates` : t`Pause live updates`;
  return (
    <button
      type="button"
      className={buttons.button}
      onClick={() => setPaused(!isPaused)}
      aria-label={`${word}. ${action}`}
      title={`${action} (Shift+P)`}
      aria-pressed={isPaused}
    >
      {isPaused ? (
        <Icon name="play" />
      ) : (
        <span className={classes.light} data-status={status.kind} aria-hidden="true" />
      )}
      <span className={classes.word}>{word}</span>
    </button>
  );
}
