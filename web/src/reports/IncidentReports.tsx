import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import classes from "../casework/Casework.module.css";
import type { SectionProps } from "../incident/sections";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { Kind } from "./Kind";
import { Made } from "./Made";
import { OtherFiles } from "./OtherFiles";
import { reportsQuery } from "./queries";
import own from "./Reports.module.css";

/** The reports of an incident: which can be made and what they would lack, those that were made, and files for other tools. */
export function IncidentReports({ detail }: SectionProps) {
  const { t } = useLingui();
  const incidentId = detail.row.id;
  const query = useQuery(reportsQuery(incidentId));
  const mayMake = useRight("reports.make");
  return (
    <Fetched query={query}>
      {(answer) => (
        <div className={classes.parts}>
          <Card id="report-kinds" title={t`Reports that can be made now`}>
            {answer.is_contact_only ? (
              <p className={classes.hint}>
                {t`This incident touches a state secret: no document is made of it. The recipient is only asked to get in contact.`}
              </p>
            ) : (
              <>
                <p className={own.note}>
                  {t`A report states the facts as they are at that moment. What nobody knows yet is listed in it as missing; nothing is left blank. Sending it fulfils no obligation by itself.`}
                </p>
                <div className={own.kinds}>
                  {answer.kinds.map((kind) => (
                    <Kind key={kind.kind} kind={kind} answer={answer} incidentId={incidentId} mayMake={mayMake} />
                  ))}
                </div>
              </>
            )}
          </Card>
          <Made reports={answer.reports} />
          {!answer.is_contact_only && <OtherFiles incidentId={incidentId} recipients={answer.recipients} />}
        </div>
      )}
    </Fetched>
  );
}
