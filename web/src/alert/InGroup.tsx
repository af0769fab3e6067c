import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import type { AlertBrief } from "../api/names";
import { Keys } from "../keyboard/Keys";
import { shortcut } from "../keyboard/registry";
import { Card } from "../shell/Card";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import classes from "./InGroup.module.css";

interface InGroupProps {
  readonly listed: readonly AlertBrief[];
  readonly total: number;
  readonly current: string;
  readonly hasMore: boolean;
  readonly onMore: () => void;
}

/** The alerts that are triaged together, newest first; the one on screen is marked. */
export function InGroup({ listed, total, current, hasMore, onMore }: InGroupProps) {
  const { t } = useLingui();
  const { groupId } = useParams({ from: "/shell/alerts/$groupId" });
  const search = useSearch({ from: "/shell/alerts/$groupId" });
  const at = listed.findIndex((brief) => brief.id === current) + 1;
  return (
    <Card
      id="in-group"
      title={t`${plural(total, { one: "# alert in this group", other: "# alerts in this group" })}`}
      aside={
        <span className={classes.steps}>
          <Keys of={shortcut("alert.nextInGroup").keys} /> <Keys of={shortcut("alert.previousInGroup").keys} />
          {at > 0 && <span>{t`${at} of ${total}`}</span>}
        </span>
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard */}
      <div className={classes.scroll} tabIndex={0} role="region" aria-label={t`Alerts of the group`}>
        <ol className={classes.list}>
          {listed.map((brief) => (
            <li key={brief.id}>
              <Link
                to="/alerts/$groupId"
                params={{ groupId }}
                search={{ ...search, alert: brief.id }}
                replace
                aria-current={brief.id === current ? "true" : undefined}
              >
                <Time us={brief.last_us} />
                <code>
                  <Inert value={brief.group_values.join(", ") || "–"} limit={60} />
                </code>
                {(brief.withdrawn || brief.superseded_by) && (
                  <em className={classes.life}>
                    {brief.withdrawn
                      ? t({ message: "withdrawn", context: "mark on a row" })
                      : t({ message: "replaced", context: "mark on a row" })}
                  </em>
                )}
                <span className={classes.hits}>{plural(brief.hits, { one: "# hit", other: "# hits" })}</span>
              </Link>
            </li>
          ))}
        </ol>
        {hasMore && (
          <button type="button" className={classes.more} onClick={onMore}>
            {t`Show more`}
          </button>
        )}
      </div>
    </Card>
  );
}
