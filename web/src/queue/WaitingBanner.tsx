import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { memo, useEffect, useRef } from "react";
import { useNotices } from "../shell/Notices";
import classes from "./WaitingBanner.module.css";

interface WaitingBannerProps {
  readonly count: number;
  readonly isMore: boolean;
  readonly onShow: () => void;
}

const SAY_EVERY_MS = 10_000;

/** New rows wait here instead of moving the row under the cursor. */
export const WaitingBanner = memo(function WaitingBanner({ count, isMore, onShow }: WaitingBannerProps) {
  const { t } = useLingui();
  const { announce } = useNotices();
  const saidAt = useRef(0);
  const text = isMore
    ? t`More than ${count} new – press R`
    : t`${plural(count, { one: "# new alert – press R", other: "# new alerts – press R" })}`;
  useEffect(() => {
    if (count === 0) return undefined;
    // Assistive technology hears it at most once in ten seconds, and then the latest number.
    const wait = Math.max(0, saidAt.current + SAY_EVERY_MS - Date.now());
    const timer = setTimeout(() => {
      saidAt.current = Date.now();
      announce(text);
    }, wait);
    return () => clearTimeout(timer);
  }, [count, text, announce]);
  if (count === 0) return null;
  return (
    <button type="button" className={classes.banner} onClick={onShow} aria-keyshortcuts="R">
      {text}
    </button>
  );
});
