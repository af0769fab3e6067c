import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { SectionProps } from "../incident/sections";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { inWords } from "./marks";
import { Picture } from "./Picture";
import { newestQuery } from "./queries";
import classes from "./Timeline.module.css";
import { useMarks } from "./useMarks";
import { whole } from "./view";
import { useFieldWord } from "./words";

const NEWEST = 15;

/** The short form: the incident as one picture and its last entries, with the way to the whole. */
export function ShortTimeline({ detail }: SectionProps) {
  const { t, i18n } = useLingui();
  const incidentId = detail.row.id;
  const fieldWord = useFieldWord();
  const query = useQuery(newestQuery(incidentId, NEWEST));
  const { marks } = useMarks(incidentId);
  return (
    <Card
      id="short-timeline"
      title={t`Timeline`}
      aside={
        <Link to="/incidents/$incidentId/timeline" params={{ incidentId }} search={{}}>
          {t`The whole timeline: zoom, pins, notes, files`}
        </Link>
      }
    >
      {marks.length > 0 && (
        <figure className={classes.picture}>
          <Picture
            marks={marks}
            by="kind"
            view={whole(marks)}
            pins={[]}
            title={t`What happened to ${incidentId}, by kind`}
          />
        </figure>
      )}
      <h3>{t`What happened last`}</h3>
      <Fetched query={query}>
        {({ entries }) =>
          entries.length === 0 ? (
            <Empty why={t`Nothing has happened yet.`} />
          ) : (
            <ol className={classes.newest}>
              {entries.map((entry) => (
                <li key={`${entry.reference}-${entry.kind}-${entry.at_us}`}>
                  <Time us={entry.at_us} />
                  <span>
                    <Inert value={inLanguage(entry.text, i18n.locale) ?? entry.kind} limit={200} />
                    {entry.actor_brief && ` · ${inLanguage(entry.actor_brief.name, i18n.locale)}`}
                    {entry.body && (
                      <span className={classes.body}>
                        {" – "}
                        <Inert
                          value={inWords(entry.body, fieldWord).replace(/\s*\n\s*/g, " · ")}
                          limit={160}
                          isExpandable
                        />
                      </span>
                    )}
                  </span>
                </li>
              ))}
            </ol>
          )
        }
      </Fetched>
    </Card>
  );
}
