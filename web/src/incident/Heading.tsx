import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { IncidentDetail } from "../api/names";
import { inLanguage } from "../language/language";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { DatasetBadge } from "../triage/DatasetBadge";
import { ClassMark } from "./ClassMark";
import { kindOf } from "./dataset";
import classes from "./Heading.module.css";
import { useIncidentStateWord } from "./words";

export function Heading({ detail }: { readonly detail: IncidentDetail }) {
  const { t, i18n } = useLingui();
  const stateWord = useIncidentStateWord();
  const { row } = detail;
  const kind = kindOf(row.dataset);
  const deciding = detail.severity.reasons.find((reason) => reason.id === detail.severity.rule);
  return (
    <header className={classes.heading}>
      <div className={classes.marks}>
        <ClassMark of={row.severity} />
        <span className={classes.state} data-state={row.state}>
          {stateWord(row.state)}
        </span>
        {row.overdue > 0 && (
          <span
            className={classes.flag}
          >{t`${plural(row.overdue, { one: "# obligation overdue", other: "# obligations overdue" })}`}</span>
        )}
        {detail.reopened > 0 && (
          <span
            className={classes.quiet}
          >{t`${plural(detail.reopened, { one: "reopened once", other: "reopened # times" })}`}</span>
        )}
        <DatasetBadge dataset={row.dataset} kind={kind} />
        <span className={classes.marking}>{`TLP:${detail.tlp}`}</span>
        <span className={classes.marking}>{`PAP:${detail.pap}`}</span>
      </div>
      <h1 id="incident-title" tabIndex={-1}>
        <small>{row.id}</small> <Inert value={row.title} limit={300} />
      </h1>
      {deciding && (
        <p className={classes.line}>
          {t`Its class because:`} {inLanguage(deciding.text, i18n.locale)}
        </p>
      )}
      {kind === "exercise" && (
        <p className={classes.line}>{t`Exercise: everything runs as in earnest, and nothing leaves the house.`}</p>
      )}
      {kind === "import" && !detail.is_owing && (
        <p className={classes.line}>
          {t`Replayed data: nothing is owed and nobody is told until a person makes it a real incident.`}
        </p>
      )}
      {detail.merged_into && (
        <p className={classes.line}>
          {t`Merged into`}{" "}
          <Link to="/incidents/$incidentId" params={{ incidentId: detail.merged_into }}>
            {detail.merged_into}
          </Link>
        </p>
      )}
      <dl className={classes.facts}>
        <div>
          <dt>{t`Handler`}</dt>
          <dd>{inLanguage(row.assignee.name, i18n.locale)}</dd>
        </div>
        <div>
          <dt>{t`Leads`}</dt>
          <dd>{inLanguage(detail.severity.lead_text, i18n.locale)}</dd>
        </div>
        <div>
          <dt>{t`Units`}</dt>
          <dd>{row.units.length === 0 ? "–" : <Inert value={row.units.join(", ")} />}</dd>
        </div>
        <div>
          <dt>{t`Detected`}</dt>
          <dd>
            <Time us={row.detected_us} />
          </dd>
        </div>
        {detail.occurred_us !== null && (
          <div>
            <dt>{t`First event`}</dt>
            <dd>
              <Time us={detail.occurred_us} />
            </dd>
          </div>
        )}
        {detail.personal_data_us !== null && (
          <div>
            <dt>{t`Personal data known to be affected`}</dt>
            <dd>
              <Time us={detail.personal_data_us} />
            </dd>
          </div>
        )}
        {detail.recovered_us !== null && (
          <div>
            <dt>{t`Recovered at`}</dt>
            <dd>
              <Time us={detail.recovered_us} />
            </dd>
          </div>
        )}
        {detail.closed_us !== null && (
          <div>
            <dt>{t`Ended at`}</dt>
            <dd>
              <Time us={detail.closed_us} />
            </dd>
          </div>
        )}
      </dl>
    </header>
  );
}
