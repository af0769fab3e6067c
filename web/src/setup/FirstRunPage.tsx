import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Fetched } from "../shell/Fetched";
import { PageFrame } from "../shell/PageFrame";
import classes from "./FirstRun.module.css";
import { setupQuery } from "./queries";
import { Step } from "./Step";

/** Sensors and alerts come without anybody touching the page. */
const AGAIN_MS = 10_000;

/** From an empty system to the first alert: what is done, what comes next, and who can do it. */
export function FirstRunPage() {
  const { t } = useLingui();
  const query = useQuery({ ...setupQuery, refetchInterval: AGAIN_MS });
  const title = t`First run`;
  return (
    <PageFrame
      title={title}
      name={title}
      lead={t`Six steps from an empty system to its first alert. Each turns to done by itself; nothing has to be ticked off here.`}
    >
      <Fetched query={query}>
        {({ steps, is_complete: isComplete }) => {
          const done = steps.filter((step) => step.state === "done").length;
          const all = steps.length;
          const next = steps.find((step) => step.state === "open")?.name;
          return (
            <>
              <p className={classes.progress} role="status">
                {isComplete
                  ? t`Everything is set up: Khiên watches, and people answer.`
                  : t`${done} of ${all} steps done`}
              </p>
              <ol className={classes.steps}>
                {steps.map((step) => (
                  <Step key={step.name} step={step} isNext={step.name === next} />
                ))}
              </ol>
              {isComplete && (
                <p className={classes.progress}>
                  <Link to="/" className={classes.way}>
                    {t`To the first page`}
                  </Link>
                </p>
              )}
            </>
          );
        }}
      </Fetched>
    </PageFrame>
  );
}
