import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Card } from "../shell/Card";
import { useErrorText } from "../shell/Notices";
import { Table } from "../table/Table";
import { formatSpan } from "../time/format";
import { ClassShift } from "./ClassShift";
import { ProgressBar } from "./ProgressBar";
import classes from "./Simulation.module.css";
import { type Progress, secondsLeft, usePolicySimulation } from "./usePolicySimulation";

/** Past incidents, each judged by this version and by the one it was opened under. */
export function IncidentSimulation({ sha256 }: { readonly sha256: string }) {
  const { t } = useLingui();
  const { progress, start, stop } = usePolicySimulation();
  const errorText = useErrorText();
  return (
    <Card id="simulated-incidents" title={t`Past incidents`}>
      <p className={classes.lead}>
        {t`Class, lead and obligations of each incident by this version, against the version it was opened under.`}
      </p>
      <div className={classes.actions}>
        {progress?.isRunning ? (
          <Button variant="default" onClick={stop}>
            {t`Stop`}
          </Button>
        ) : (
          <Button onClick={() => start(sha256)}>{t`Judge past incidents`}</Button>
        )}
      </div>
      {progress && <Standing progress={progress} />}
      {progress?.error !== undefined && <p role="alert">{errorText(progress.error)}</p>}
      {progress && progress.different.length > 0 && <Different progress={progress} />}
    </Card>
  );
}

function Standing({ progress }: { readonly progress: Progress }) {
  const { t, i18n } = useLingui();
  const { lookedAt, all, isRunning, isStopped } = progress;
  const different = progress.different.length;
  const unanswerable = progress.unanswerable.length;
  const left = secondsLeft(progress);
  const span = left === undefined ? "" : formatSpan(left, i18n.locale);
  return (
    <>
      {isRunning && <ProgressBar done={lookedAt} all={all} label={t`Incidents looked at`} />}
      <p role="status">
        {t`${lookedAt} of ${all} incidents looked at.`} {span !== "" && t`About ${span} left.`}{" "}
        {isStopped && t`Stopped; what was found stays below.`}{" "}
        {!isRunning &&
          t`${plural(different, {
            0: "None would have been judged otherwise.",
            one: "# would have been judged otherwise.",
            other: "# would have been judged otherwise.",
          })}`}{" "}
        {unanswerable > 0 &&
          t`${plural(unanswerable, {
            one: "# cannot be judged: the version does not know its questions.",
            other: "# cannot be judged: the version does not know their questions.",
          })}`}
      </p>
    </>
  );
}

function Different({ progress }: { readonly progress: Progress }) {
  const { t } = useLingui();
  const none = t`not for the city to judge`;
  return (
    <>
      <ClassShift different={progress.different} />
      <h3 className={classes.sub} id="different">{t`Judged otherwise`}</h3>
      <Table
        labelledBy="different"
        columns={[t`Incident`, t`Class`, t`Lead`, t`Newly owed`, t`Not owed any more`, t`Other deadline`]}
        minWidth="56rem"
      >
        {progress.different.map((each) => (
          <tr key={each.incident}>
            <th scope="row">
              <Link to="/incidents/$incidentId" params={{ incidentId: each.incident }}>
                {each.incident}
              </Link>
            </th>
            <td>{change(each.severity_before ?? none, each.severity_after ?? none)}</td>
            <td>{change(each.lead_before, each.lead_after)}</td>
            <td>{each.new.join(", ") || "–"}</td>
            <td>{each.gone.join(", ") || "–"}</td>
            <td>{each.moved.join(", ") || "–"}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}

function change(before: string, after: string): string {
  return before === after ? before : `${before} → ${after}`;
}
