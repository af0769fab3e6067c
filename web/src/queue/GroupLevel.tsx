import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Bucket, GroupBy, QueueQuery, State } from "../api/names";
import { inLanguage } from "../language/language";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { SeverityMark } from "../triage/SeverityMark";
import { useStateWord } from "../triage/words";
import classes from "./GroupTree.module.css";
import { levelQuery } from "./path";

interface GroupLevelProps {
  readonly query: QueueQuery;
  readonly levels: readonly GroupBy[];
  readonly path: readonly string[];
  readonly chosen: readonly string[];
  readonly onChoose: (path: readonly string[]) => void;
  readonly onMean: (meant: MeantGroup) => void;
}

/** A group of the tree as an act takes it: its place, its name, and how many alert groups it held when it was counted. */
export interface MeantGroup {
  readonly path: readonly string[];
  readonly text: string;
  readonly total: number;
}

/** As many as a page can hold on three levels; the rest is counted in words. */
const SHOWN = 40;
const STATES = ["new", "taken", "linked", "suppressed", "closed"] as const satisfies readonly State[];

/** The values of one level; only the one on the way to the place chosen is open. */
export function GroupLevel({ query, levels, path, chosen, onChoose, onMean }: GroupLevelProps) {
  const { t, i18n } = useLingui();
  const { data } = useQuery({ ...levelQuery(query, levels, path), placeholderData: keepPreviousData });
  const level = path.length;
  const buckets = data?.buckets ?? [];
  const open = chosen[level];
  // What is open stays in sight, however far down it stands.
  const shown = buckets.filter((bucket, index) => index < SHOWN || bucket.key === open);
  const hidden = buckets.length - shown.length + (data?.buckets_omitted ?? 0);
  return (
    <>
      {shown.map((bucket, index) => {
        const isOpen = bucket.key === open;
        const here = [...path, bucket.key];
        const hasMore = level + 1 < levels.length;
        return (
          <li key={bucket.key} role="none">
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys */}
            <div
              role="treeitem"
              aria-level={level + 1}
              aria-expanded={hasMore ? isOpen : undefined}
              aria-selected={isOpen && chosen.length === level + 1}
              tabIndex={isOpen || (open === undefined && index === 0) ? 0 : -1}
              data-level={level}
              data-open={isOpen || undefined}
              className={classes.item}
              onFocus={() =>
                onMean({
                  path: here,
                  text: inLanguage(bucket.label, i18n.locale) || bucket.key || t`Without one`,
                  total: bucket.groups,
                })
              }
              onClick={() => onChoose(isOpen && chosen.length === level + 1 ? path : here)}
            >
              <BucketText bucket={bucket} />
            </div>
            {isOpen && hasMore && (
              // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a tree is a list of lists
              // biome-ignore lint/a11y/useSemanticElements: a group of a tree is no fieldset
              <ul role="group">
                <GroupLevel
                  query={query}
                  levels={levels}
                  path={here}
                  chosen={chosen}
                  onChoose={onChoose}
                  onMean={onMean}
                />
              </ul>
            )}
          </li>
        );
      })}
      {hidden > 0 && (
        <li role="none" className={classes.omitted}>
          {t`${plural(hidden, { one: "# more value is not listed", other: "# more values are not listed" })}`}
        </li>
      )}
    </>
  );
}

function BucketText({ bucket }: { readonly bucket: Bucket }) {
  const { t, i18n } = useLingui();
  const stateWord = useStateWord();
  const label = inLanguage(bucket.label, i18n.locale);
  return (
    <>
      <span className={classes.label}>
        {label || bucket.key ? <Inert value={label || bucket.key} limit={90} /> : <em>{t`Without one`}</em>}
      </span>
      <span className={classes.figures}>
        {plural(bucket.groups, { one: "# group", other: "# groups" })}
        {" · "}
        {plural(bucket.alerts, { one: "# alert", other: "# alerts" })}
      </span>
      <SeverityMark severity={bucket.severity} />
      <span className={classes.states}>
        {STATES.filter((state) => bucket.states[state]).map((state) => (
          <span key={state}>{`${stateWord(state)}: ${bucket.states[state]}`}</span>
        ))}
      </span>
      <span className={classes.seen}>
        <Time us={bucket.first_us} />
        {" – "}
        <Time us={bucket.last_us} />
      </span>
    </>
  );
}
