import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { RulesAnswer } from "../api/names";
import { useChangesOf } from "../live/Live";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { PageFrame } from "../shell/PageFrame";
import { Time } from "../time/Time";
import { rulesQuery } from "./queries";
import { RuleFilters } from "./RuleFilters";
import classes from "./Rules.module.css";
import { RuleTable } from "./RuleTable";
import { EVERY_RULE, isNarrowed, type RulesSearch, STATES } from "./search";
import { useRuleStateWord } from "./words";

/** Every rule of the packs in force, those that were refused or switched off too; the filter is the address. */
export function DetectionRulesPage() {
  const { t } = useLingui();
  const search = useSearch({ from: "/shell/rules" });
  const navigate = useNavigate({ from: "/rules" });
  const queries = useQueryClient();
  const query = useInfiniteQuery(rulesQuery(search));
  useChangesOf("rules", () => void queries.invalidateQueries({ queryKey: ["rules"] }));
  const change = (next: Partial<RulesSearch>): void => {
    void navigate({ search: (before) => ({ ...before, ...next }) });
  };
  const first = query.data?.pages[0];
  return (
    <PageFrame
      title={t`Detection rules`}
      name={t`Detection rules`}
      lead={t`What Khiên looks for, and what became of it: how often each rule fired, how often it was a false alarm, and why a rule is not running.`}
    >
      <RuleFilters
        search={search}
        packs={first?.packs ?? []}
        countsAlerts={first?.counts_alerts ?? true}
        onChange={change}
      />
      {first && <States search={search} states={first.states} />}
      <section className={classes.list} aria-labelledby="rule-list">
        <h2 id="rule-list" className="unseen">{t`List of rules`}</h2>
        <Fetched query={query}>
          {(data) => {
            const rows = data.pages.flatMap((page) => page.rows);
            if (rows.length === 0) return <NoRule search={search} asOfUs={first?.as_of_us ?? null} onChange={change} />;
            return <RuleTable rows={rows} kind={search.kind} countsAlerts={first?.counts_alerts ?? true} />;
          }}
        </Fetched>
        {query.hasNextPage && (
          <button
            type="button"
            className={classes.more}
            disabled={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {t`Show more`}
          </button>
        )}
      </section>
      {first && <Total first={first} />}
    </PageFrame>
  );
}

function Total({ first }: { readonly first: RulesAnswer }) {
  const { t } = useLingui();
  const { total } = first;
  return (
    <p className={classes.total}>
      <span role="status">{t`${plural(total, { one: "# rule matches", other: "# rules match" })}`}</span>
      {first.as_of_us !== null && (
        <>
          {" · "}
          {t`as the correlator told at`} <Time us={first.as_of_us} />
        </>
      )}
    </p>
  );
}

/** The states as places with their numbers. */
function States({ search, states }: { readonly search: RulesSearch; readonly states: RulesAnswer["states"] }) {
  const { t, i18n } = useLingui();
  const word = useRuleStateWord();
  const figures = new Intl.NumberFormat(i18n.locale);
  const counts = new Map(states.map((each) => [each.state, each.rules]));
  const all = states.reduce((sum, each) => sum + each.rules, 0);
  return (
    <nav className={classes.states} aria-label={t`States of the rules`}>
      <Link
        to="/rules"
        search={{ ...search, state: undefined }}
        activeOptions={{ exact: true }}
        aria-current={search.state === undefined ? "page" : undefined}
      >
        {t`All`} <span>{figures.format(all)}</span>
      </Link>
      {STATES.filter((state) => counts.has(state) || state === search.state).map((state) => (
        <Link
          key={state}
          to="/rules"
          search={{ ...search, state }}
          aria-current={search.state === state ? "page" : undefined}
        >
          {word(state)} <span>{figures.format(counts.get(state) ?? 0)}</span>
        </Link>
      ))}
    </nav>
  );
}

interface NoRuleProps {
  readonly search: RulesSearch;
  readonly asOfUs: number | null;
  readonly onChange: (next: Partial<RulesSearch>) => void;
}

function NoRule({ search, asOfUs, onChange }: NoRuleProps) {
  const { t } = useLingui();
  if (asOfUs !== null && isNarrowed(search))
    return (
      <Empty
        why={t`No rule matches this filter.`}
        next={
          <button type="button" className={classes.more} onClick={() => onChange(EVERY_RULE)}>
            {t`Show every rule`}
          </button>
        }
      />
    );
  return (
    <Empty
      why={t`No correlator has told of its rules yet. It does so within ten seconds of its start.`}
      next={
        <>
          {t`Start it with “khien serve”, or look at its health under administration.`}{" "}
          <Link to="/administration" search={{ part: "health" }}>
            {t`To the health of all parts`}
          </Link>
        </>
      }
    />
  );
}
