import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import type { JobView } from "../api/names";
import { inLanguage } from "../language/language";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import classes from "./Administration.module.css";
import { jobsQuery } from "./queries";

const MILLISECOND_US = 1000;

/** Everything that runs by the clock. */
export function Jobs() {
  const { t, i18n } = useLingui();
  const jobs = useQuery(jobsQuery);
  const mayRun = useRight("jobs.run");
  const { act, isActing } = useAct();
  const run = ({ name }: JobView): void => {
    void act(() => answerOf(api.POST("/api/v1/jobs/{name}/run", { params: { path: { name } } })), {
      done: t`${name} has run`,
      refresh: [jobsQuery.queryKey],
    });
  };
  const states: Readonly<Record<JobView["state"], string>> = {
    waiting: t`waits`,
    running: t`runs`,
    failing: t`fails`,
  };
  const duration = (us: number): string =>
    new Intl.NumberFormat(i18n.locale, { maximumFractionDigits: us < 10_000 ? 1 : 0 }).format(us / MILLISECOND_US);
  return (
    <Card id="jobs" title={t`Jobs`}>
      <Fetched query={jobs}>
        {(found) => (
          <>
            <p className={classes.note}>
              {found.lease?.is_held ? (
                <>
                  {t`They run in`} <code>{found.lease.holder}</code>
                </>
              ) : (
                t`No process runs them at present: is the incident API up?`
              )}
            </p>
            <Table
              labelledBy="jobs"
              columns={[t`Job`, t`State`, t`Last run`, t`Next`, t`Result`, ...(mayRun ? [t`Act`] : [])]}
              minWidth="58rem"
            >
              {found.jobs.map((job) => (
                <tr key={job.name}>
                  <th scope="row">
                    {inLanguage(job.text, i18n.locale)}
                    <small>
                      <code>{job.name}</code> · {inLanguage(job.schedule, i18n.locale)}
                    </small>
                  </th>
                  <td className={job.state === "failing" ? classes.failing : undefined}>
                    {states[job.state]}
                    {job.failures > 0 && <small>{t`${job.failures} of ${job.runs} runs failed`}</small>}
                  </td>
                  <td>
                    {job.last_run_us === null ? t`never` : <Time us={job.last_run_us} />}
                    {job.last_duration_us !== null && <small>{t`${duration(job.last_duration_us)} ms`}</small>}
                  </td>
                  <td>
                    <Time us={job.due_us} />
                  </td>
                  <td>
                    <Inert value={job.last_error ?? job.last_result ?? "–"} limit={160} isExpandable />
                  </td>
                  {mayRun && (
                    <td>
                      <Button variant="default" size="xs" disabled={isActing} onClick={() => run(job)}>
                        {t`Run now`}
                        <span className="unseen"> {job.name}</span>
                      </Button>
                    </td>
                  )}
                </tr>
              ))}
            </Table>
          </>
        )}
      </Fetched>
    </Card>
  );
}
