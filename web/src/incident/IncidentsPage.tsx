import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useChangesOf } from "../live/Live";
import { Fetched } from "../shell/Fetched";
import { PageFrame } from "../shell/PageFrame";
import { useTriage } from "../triage/Triage";
import { Filters } from "./Filters";
import classes from "./IncidentsPage.module.css";
import { IncidentTable } from "./IncidentTable";
import { NoIncident } from "./NoIncident";
import { incidentsQuery } from "./queries";
import type { IncidentsSearch } from "./search";

/** Every incident this person may see, newest first; the filter is the address. */
export function IncidentsPage() {
  const { t } = useLingui();
  const search = useSearch({ from: "/shell/incidents" });
  const navigate = useNavigate({ from: "/incidents" });
  const queries = useQueryClient();
  const { me } = useTriage();
  const query = useInfiniteQuery(incidentsQuery(search, me.id));
  useChangesOf("incident", () => void queries.invalidateQueries({ queryKey: ["incidents"] }));
  const change = (next: Partial<IncidentsSearch>): void => {
    void navigate({ search: (before) => ({ ...before, ...next }) });
  };
  const total = query.data?.pages[0]?.total;
  return (
    <PageFrame
      title={t`Incidents`}
      name={t`Incidents`}
      lead={t`An incident (sự cố) is what alerts or a report became: it has a class, a handler, and people who must be told by a time.`}
    >
      <Filters search={search} onChange={change} />
      <section className={classes.list} aria-labelledby="incident-list">
        <h2 id="incident-list" className="unseen">{t`List of incidents`}</h2>
        <Fetched query={query}>
          {(data) => {
            const rows = data.pages.flatMap((page) => page.rows);
            if (rows.length === 0) return <NoIncident search={search} onChange={change} />;
            return <IncidentTable rows={rows} />;
          }}
        </Fetched>
        {query.hasNextPage && (
          <button type="button" className={classes.more} onClick={() => void query.fetchNextPage()}>
            {t`Show more`}
          </button>
        )}
      </section>
      {total !== undefined && (
        <p className={classes.total} role="status">
          {t`${plural(total, { one: "# incident matches", other: "# incidents match" })}`}
        </p>
      )}
    </PageFrame>
  );
}
