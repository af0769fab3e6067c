import { useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { Suspense, useEffect } from "react";
import type { IncidentDetail } from "../api/names";
import { useChangesOf } from "../live/Live";
import { useRights } from "../session/useRights";
import { Icon } from "../shell/Icon";
import { useErrorText } from "../shell/Notices";
import { ActBar } from "./ActBar";
import { AskingProvider } from "./Asking";
import { Heading } from "./Heading";
import classes from "./IncidentPage.module.css";
import { incidentQuery } from "./queries";
import { SECTIONS } from "./sections";

/** One incident: what it is, what must be done and by when; its parts stand behind tabs, each with an address. */
export function IncidentPage() {
  const { t } = useLingui();
  const { incidentId } = useParams({ from: "/shell/incidents/$incidentId" });
  const queries = useQueryClient();
  const query = useQuery(incidentQuery(incidentId));
  const errorText = useErrorText();
  useChangesOf("incident", (change) => {
    if (change.kind === "everything" || change.ids.includes(incidentId)) {
      void queries.invalidateQueries({ queryKey: ["incident", incidentId] });
    }
  });
  if (query.data) return <Page detail={query.data} key={incidentId} />;
  return (
    <div className={classes.missing} role={query.error ? "alert" : "status"}>
      {query.error ? (
        <>
          <h1>{t`This incident cannot be shown`}</h1>
          <p>{errorText(query.error)}</p>
          <BackLink />
        </>
      ) : (
        <span className="unseen">{t`Reading the incident`}</span>
      )}
    </div>
  );
}

function BackLink() {
  const { t } = useLingui();
  return (
    <Link to="/incidents" className={classes.back}>
      <span aria-hidden="true" className={classes.arrow}>
        <Icon name="chevron" />
      </span>
      {t`Incidents`}
    </Link>
  );
}

function Page({ detail }: { readonly detail: IncidentDetail }) {
  const rights = useRights();
  const { part } = useSearch({ from: "/shell/incidents/$incidentId" });
  const sections = SECTIONS.filter((each) => each.right === undefined || rights.includes(each.right));
  const current = sections.find((each) => each.id === part) ?? SECTIONS[0];
  const { id, title } = detail.row;
  useEffect(() => {
    document.title = `${id} ${title} – Khiên`;
  }, [id, title]);
  useEffect(() => {
    document.getElementById("incident-title")?.focus({ preventScroll: true });
  }, []);
  return (
    <AskingProvider detail={detail}>
      <article className={classes.page} aria-labelledby="incident-title">
        <BackLink />
        <Heading detail={detail} />
        <ActBar detail={detail} />
        {sections.length > 1 && <Tabs current={current.id} sections={sections} incidentId={id} />}
        <Suspense>
          <current.Part detail={detail} />
        </Suspense>
      </article>
    </AskingProvider>
  );
}

interface TabsProps {
  readonly current: string;
  readonly sections: readonly (typeof SECTIONS)[number][];
  readonly incidentId: string;
}

function Tabs({ current, sections, incidentId }: TabsProps) {
  const { t, i18n } = useLingui();
  return (
    <nav className={classes.tabs} aria-label={t`Parts of the incident`}>
      {sections.map((each) => (
        <Link
          key={each.id}
          to="/incidents/$incidentId"
          params={{ incidentId }}
          search={{ part: each.id === SECTIONS[0].id ? undefined : each.id }}
          // Without a part the address is that of the first tab, and of no other.
          activeOptions={{ exact: true, explicitUndefined: true }}
          aria-current={each.id === current ? "page" : undefined}
        >
          {i18n._(each.text)}
        </Link>
      ))}
    </nav>
  );
}
