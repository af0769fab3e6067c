import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Icon } from "../shell/Icon";
import { useNotices } from "../shell/Notices";
import { defang } from "../text/defang";
import classes from "./CopyButton.module.css";

/** Copies a value defanged, so that what receives it makes nothing to click of it. */
export function CopyButton({ value, label }: { readonly value: string; readonly label: string }) {
  const { t } = useLingui();
  const { announce, complain } = useNotices();
  const [isDone, setDone] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(defang(value));
      setDone(true);
      announce(t`Copied, defanged`);
    } catch {
      complain(t`The browser did not allow copying. Select the text and copy it by hand`);
    }
  };
  return (
    <button
      type="button"
      className={classes.copy}
      aria-label={t`Copy ${label} defanged`}
      title={t`Copy defanged`}
      onClick={() => void copy()}
      onBlur={() => setDone(false)}
    >
      <Icon name={isDone ? "check" : "copy"} />
    </button>
  );
}
