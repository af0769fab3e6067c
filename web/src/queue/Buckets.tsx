import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { Bucket, GroupBy, QueueAnswer } from "../api/names";
import { inLanguage } from "../language/language";
import { Inert } from "../text/Inert";
import { SeverityMark } from "../triage/SeverityMark";
import classes from "./Buckets.module.css";
import { withToken } from "./filter";
import type { QueueSearch } from "./search";
import { useGroupingWord } from "./words";

interface BucketsProps {
  readonly answer: QueueAnswer;
  readonly by: GroupBy;
  readonly filter: string;
  readonly onChange: (next: Partial<QueueSearch>) => void;
}

/** The values of the grouping with exact counts; one press narrows the list to it. */
export function Buckets({ answer, by, filter, onChange }: BucketsProps) {
  const { t, i18n } = useLingui();
  const word = useGroupingWord();
  const narrow = (bucket: Bucket): void => {
    switch (by) {
      case "rule":
      case "asset":
      case "unit":
      case "assignee":
        onChange({ filter: withToken(filter, by, bucket.key) });
        return;
      case "source":
      case "destination":
      case "technique":
      case "incident":
        onChange({ filter: bucket.key });
    }
  };
  return (
    <aside className={classes.buckets} aria-label={word(by)}>
      <ul>
        {answer.buckets.map((bucket) => (
          <li key={bucket.key}>
            <button type="button" onClick={() => narrow(bucket)}>
              <span className={classes.label}>
                <Inert value={inLanguage(bucket.label, i18n.locale) ?? bucket.key} limit={90} />
              </span>
              <SeverityMark severity={bucket.severity} />
              <span className={classes.figures}>
                {plural(bucket.groups, { one: "# group", other: "# groups" })}
                {" · "}
                {plural(bucket.alerts, { one: "# alert", other: "# alerts" })}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {answer.buckets_omitted > 0 && (
        <p>{t`${plural(answer.buckets_omitted, { one: "# more value is not listed", other: "# more values are not listed" })}`}</p>
      )}
    </aside>
  );
}
