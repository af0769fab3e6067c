import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { GroupDetail, SimilarGroup } from "../api/names";
import { inLanguage } from "../language/language";
import type { QueueSearch } from "../queue/search";
import { Card } from "../shell/Card";
import { Time } from "../time/Time";
import { SeverityMark } from "../triage/SeverityMark";
import { useStateWord, useVerdictWord } from "../triage/words";
import classes from "./Similar.module.css";

const FIRST_SHOWN = 5;

interface SimilarProps {
  readonly detail: GroupDetail;
  readonly search: QueueSearch;
}

/** What people said of its like before, and what else concerns the same things. */
export function Similar({ detail, search }: SimilarProps) {
  const { t, i18n } = useLingui();
  const verdictWord = useVerdictWord();
  const stateWord = useStateWord();
  const why = (of: SimilarGroup["why"]): string => {
    switch (of) {
      case "same_key":
        return t`same rule and things`;
      case "same_rule":
        return t`same rule`;
      case "same_entities":
        return t`same things`;
    }
  };
  const { similar, past_verdicts: past } = detail;
  const [isAll, setAll] = useState(false);
  const shown = isAll ? similar : similar.slice(0, FIRST_SHOWN);
  return (
    <Card id="similar" title={t`Similar alerts`}>
      {past.length > 0 && (
        <p className={classes.past}>
          {t`Past verdicts on this rule:`}{" "}
          {past.map((each) => `${verdictWord(each.verdict)} ${each.groups}`).join(" · ")}
        </p>
      )}
      {similar.length === 0 && <p className={classes.past}>{t`None in the last 30 days.`}</p>}
      <ul className={classes.list}>
        {shown.map((group) => (
          <li key={group.id}>
            <Link to="/alerts/$groupId" params={{ groupId: group.id }} search={{ ...search, alert: undefined }}>
              <SeverityMark severity={group.severity} />
              <span>{inLanguage(group.title, i18n.locale)}</span>
            </Link>
            <small>
              {group.verdict ? verdictWord(group.verdict) : stateWord(group.state)} · {why(group.why)} ·{" "}
              {plural(group.alerts, { one: "# alert", other: "# alerts" })} · <Time us={group.last_us} />
            </small>
          </li>
        ))}
      </ul>
      {shown.length < similar.length && (
        <button type="button" className={classes.more} onClick={() => setAll(true)}>
          {t`${plural(similar.length, { other: "Show all # groups" })}`}
        </button>
      )}
    </Card>
  );
}
