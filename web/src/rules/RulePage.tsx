import { useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import type { RuleView } from "../api/names";
import { EntryTable } from "../heldBack/EntryTable";
import { inLanguage } from "../language/language";
import { useChangesOf } from "../live/Live";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { PageFrame } from "../shell/PageFrame";
import { inertText } from "../text/escape";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { LevelMark, StateMark } from "./marks";
import { Needs } from "./Needs";
import { ruleQuery } from "./queries";
import { RuleAlerts } from "./RuleAlerts";
import classes from "./RulePage.module.css";
import { RuleSource } from "./RuleSource";
import { Says } from "./Says";
import { useWhyQuiet } from "./words";

/** One rule: what it says and needs, why it may be quiet, what was tuned upon it, what it made, and its text. */
export function RulePage() {
  const { t, i18n } = useLingui();
  const { name } = useParams({ from: "/shell/rules/$name" });
  const { kind } = useSearch({ from: "/shell/rules/$name" });
  const queries = useQueryClient();
  const query = useQuery(ruleQuery(name, kind ?? "live"));
  useChangesOf("rules", () => void queries.invalidateQueries({ queryKey: ["rule", name] }));
  const row = query.data?.row;
  const title = row ? inLanguage(row.title, i18n.locale) || row.name : t`Detection rule`;
  return (
    <PageFrame
      title={<Inert value={title} limit={200} />}
      name={inertText(title).slice(0, 80)}
      lead={
        <Link to="/rules" className={classes.back}>
          {t`Back to the rules`}
        </Link>
      }
    >
      <Fetched query={query}>{(view) => <Parts view={view} />}</Fetched>
    </PageFrame>
  );
}

function Parts({ view }: { readonly view: RuleView }) {
  const { t } = useLingui();
  const { row } = view;
  return (
    <>
      <Head view={view} />
      <Quiet view={view} />
      {/* Of a refused document nothing was read. */}
      {row.state !== "rejected" && (
        <div className={classes.columns}>
          <Says view={view} />
          <Needs view={view} />
        </div>
      )}
      {row.figures && row.state !== "rejected" && row.kind !== "filter" && <RuleAlerts view={view} />}
      {row.state !== "rejected" && (
        <EntryTable
          id="rule-tuning"
          title={t`Exceptions and suppressions upon it`}
          empty={t`Nothing is held back: the rule alerts as it is written.`}
          entries={view.tuning}
          nowUs={view.now_us}
        />
      )}
      {view.file ? (
        <RuleSource file={view.file} />
      ) : (
        <Card id="rule-source" title={t`Text`}>
          <p className={classes.note}>{t`Its file is not there any more.`}</p>
        </Card>
      )}
    </>
  );
}

function Head({ view }: { readonly view: RuleView }) {
  const { t } = useLingui();
  const { row } = view;
  return (
    <div className={classes.head}>
      {row.level && <LevelMark level={row.level} />}
      <StateMark state={row.state} />
      {row.name !== row.title.en && (
        <code>
          <Inert value={row.name} limit={120} />
        </code>
      )}
      <span>
        <Inert value={row.pack ? `${row.pack} · ${row.location}` : row.location} limit={200} />
      </span>
      <span>
        {t`in this state since`} <Time us={row.since_us} />
      </span>
    </div>
  );
}

/** Why it makes no alert; a refusal in its own words, with the cure. */
function Quiet({ view }: { readonly view: RuleView }) {
  const { i18n } = useLingui();
  const why = useWhyQuiet()(view.row.state);
  const { fault } = view;
  if (fault)
    return (
      <div className={classes.fault} role="note">
        <p>
          <Inert value={inLanguage(fault.text, i18n.locale) ?? ""} limit={600} isExpandable />
        </p>
        <p>
          <Inert value={inLanguage(fault.cure, i18n.locale) ?? ""} limit={600} />
        </p>
      </div>
    );
  return why ? <p className={classes.quiet}>{why}</p> : null;
}
