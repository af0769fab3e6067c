import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import type { Hint, SimilarIncident } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { defang } from "../text/defang";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import classes from "./Casework.module.css";
import { IncidentLink } from "./IncidentLink";
import { relatedQuery } from "./queries";
import { Reference } from "./Reference";
import { useRelationWord } from "./words";

/** What else may belong to this incident, with the reason of each hint; people decide. */
export function Related({ incidentId }: { readonly incidentId: string }) {
  const { t } = useLingui();
  const query = useQuery(relatedQuery(incidentId));
  return (
    <Card id="related" title={t`Related`}>
      <Fetched query={query}>
        {({ similar, similar_groups: groups, hints }) => (
          <>
            {similar.length + groups.length + hints.length === 0 && (
              <Empty why={t`Nothing else within 30 days shares its observables, its systems or its rules.`} />
            )}
            {hints.map((hint) => (
              <HintLine key={hint.rule} hint={hint} />
            ))}
            <ol className={classes.list}>
              {similar.map((incident) => (
                <Similar key={incident.id} incident={incident} />
              ))}
              {groups.length > 0 && (
                <li>
                  <p className={classes.line}>
                    <strong>
                      {t`${plural(groups.length, { one: "# alert group names two of the observables and belongs to no incident", other: "# alert groups name two of the observables and belong to no incident" })}`}
                    </strong>
                  </p>
                  <p className={classes.reasons}>
                    {groups.map((group) => (
                      <Reference key={group} value={`group/${group}`} />
                    ))}
                  </p>
                </li>
              )}
            </ol>
          </>
        )}
      </Fetched>
    </Card>
  );
}

function HintLine({ hint }: { readonly hint: Hint }) {
  const { t, i18n } = useLingui();
  const count = hint.value;
  return (
    <div className={classes.hint} role="note">
      <p>
        <strong>{inLanguage(hint.text, i18n.locale)}</strong>
      </p>
      <p>
        {t`${plural(count, { one: "# unit was hit within 24 hours", other: "# units were hit within 24 hours" })}`}
        {". "}
        {t`If so, answer this question of the incident; nothing is decided by itself.`}
      </p>
      <ul>
        {hint.units.map((unit) => (
          <li key={unit.unit}>
            <Inert value={unit.unit} limit={63} /> · <Time us={unit.at_us} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Similar({ incident }: { readonly incident: SimilarIncident }) {
  const word = useRelationWord();
  return (
    <li>
      <p className={classes.line}>
        <strong>
          <IncidentLink incidentId={incident.id} />
        </strong>
        <Inert value={incident.title} limit={160} />
        {incident.severity && <span className={classes.mark}>{incident.severity}</span>}
      </p>
      <p className={classes.reasons}>
        {incident.why.map((why) => (
          <span key={why} className={classes.mark}>
            {word(why)}
          </span>
        ))}
      </p>
      {incident.shared.length > 0 && (
        <p className={classes.words}>
          <code>
            <Inert value={incident.shared.map(defang).join(", ")} limit={240} isExpandable />
          </code>
        </p>
      )}
    </li>
  );
}
