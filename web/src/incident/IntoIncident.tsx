import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { GroupRow } from "../api/names";
import { inLanguage } from "../language/language";
import { Choice } from "../shell/Choice";
import { SeverityMark } from "../triage/SeverityMark";
import { IntoExisting } from "./IntoExisting";
import { IntoNew } from "./IntoNew";
import classes from "./OrderForm.module.css";

interface IntoIncidentProps {
  readonly rows: readonly GroupRow[];
  readonly after: () => void;
  readonly onClose: () => void;
}

/** Selected alert groups go into a new incident or into one that goes on. */
export function IntoIncident({ rows, after, onClose }: IntoIncidentProps) {
  const { t, i18n } = useLingui();
  const [isNew, setNew] = useState(true);
  const first = rows[0];
  const count = rows.length;
  if (!first) return null;
  return (
    <div className={classes.form}>
      <div className={classes.about}>
        {count === 1 ? (
          <p>
            <SeverityMark severity={first.severity} /> {inLanguage(first.title, i18n.locale)}
          </p>
        ) : (
          <p>{plural(count, { one: "# alert group", other: "# alert groups" })}</p>
        )}
      </div>
      <Choice
        label={t`Into`}
        value={isNew ? "new" : "existing"}
        onChange={(value) => setNew(value === "new")}
        options={[
          { value: "new", text: t`a new incident` },
          { value: "existing", text: t`an incident that goes on` },
        ]}
      />
      {isNew ? (
        <IntoNew rows={rows} onClose={onClose} />
      ) : (
        <IntoExisting rows={rows} kind={first.dataset_kind} after={after} onClose={onClose} />
      )}
    </div>
  );
}
