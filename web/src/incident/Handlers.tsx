import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import assignment from "../alert/Assignment.module.css";
import type { IncidentAssignmentView } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { incidentAssignmentsQuery } from "./queries";

/** Why this handler: as it was decided and stored, never computed again. */
export function Handlers({ incidentId }: { readonly incidentId: string }) {
  const { t } = useLingui();
  const query = useQuery(incidentAssignmentsQuery(incidentId));
  return (
    <Card id="handlers" title={t`Why this handler`}>
      <Fetched query={query}>
        {({ assignments: [latest, ...earlier] }) =>
          latest ? (
            <>
              <Decision decision={latest} />
              {earlier.length > 0 && (
                <details className={assignment.earlier}>
                  <summary>{t`${plural(earlier.length, { one: "# earlier handler", other: "# earlier handlers" })}`}</summary>
                  {earlier.map((decision) => (
                    <Decision key={decision.id} decision={decision} />
                  ))}
                </details>
              )}
            </>
          ) : (
            <p>{t`Nobody was chosen yet.`}</p>
          )
        }
      </Fetched>
    </Card>
  );
}

function Decision({ decision }: { readonly decision: IncidentAssignmentView }) {
  const { t, i18n } = useLingui();
  return (
    <div className={assignment.decision}>
      <p className={assignment.person}>
        <strong>{inLanguage(decision.person.name, i18n.locale)}</strong>
        {decision.is_unattended && (
          <span className={assignment.flag}>{t({ message: "unattended", context: "mark on a row" })}</span>
        )}
        <small>
          <Time us={decision.at_us} />
          {decision.by && ` · ${t`by`} ${inLanguage(decision.by.name, i18n.locale)}`}
        </small>
      </p>
      <p className={assignment.because}>{inLanguage(decision.decided_by, i18n.locale)}</p>
      {decision.reason && (
        <p>
          <Inert value={decision.reason} limit={300} isExpandable />
        </p>
      )}
      <dl className={assignment.facts}>
        <dt>{t`Leads`}</dt>
        <dd>{inLanguage(decision.lead, i18n.locale)}</dd>
      </dl>
    </div>
  );
}
