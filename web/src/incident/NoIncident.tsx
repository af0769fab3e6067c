import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Empty } from "../shell/Empty";
import classes from "./NoIncident.module.css";
import { EVERYTHING, type IncidentsSearch, isNarrowed } from "./search";

interface NoIncidentProps {
  readonly search: IncidentsSearch;
  readonly onChange: (next: Partial<IncidentsSearch>) => void;
}

/** Why the list is empty, and what to do next. */
export function NoIncident({ search, onChange }: NoIncidentProps) {
  const { t } = useLingui();
  if (isNarrowed(search)) {
    return (
      <Empty
        why={t`No incident matches this filter.`}
        next={
          <button type="button" className={classes.button} onClick={() => onChange(EVERYTHING)}>
            {t`Show every incident`}
          </button>
        }
      />
    );
  }
  return (
    <Empty
      why={t`No incident is open. Incidents are opened from alerts, or by a person who was told of something.`}
      next={
        <>
          <Link to="/queue">{t`To the queue: key I puts what is selected into an incident`}</Link>
          {" · "}
          <button type="button" className={classes.button} onClick={() => onChange({ state: "every" })}>
            {t`Show those that have ended`}
          </button>
        </>
      }
    />
  );
}
