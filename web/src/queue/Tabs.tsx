import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { Tab, TabCount } from "../api/names";
import { useTabWord } from "../triage/words";
import { type QueueSearch, TABS } from "./search";
import classes from "./Tabs.module.css";

interface TabsProps {
  readonly current: Tab;
  readonly counts: TabCount | undefined;
  readonly search: QueueSearch;
}

/** The duties as links: each is a place with an address, and says how much waits there. */
export const Tabs = memo(function Tabs({ current, counts, search }: TabsProps) {
  const { t, i18n } = useLingui();
  const word = useTabWord();
  const figures = new Intl.NumberFormat(i18n.locale);
  return (
    <nav className={classes.tabs} aria-label={t`Views of the queue`}>
      {TABS.map((tab) => (
        <Link
          key={tab}
          to="/queue"
          search={{ ...search, tab }}
          aria-current={tab === current ? "page" : undefined}
          className={classes.tab}
        >
          {word(tab)}
          {counts && (
            <span className={classes.count} data-tab={tab} data-some={counts[tab] > 0 || undefined}>
              {figures.format(counts[tab])}
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
});
