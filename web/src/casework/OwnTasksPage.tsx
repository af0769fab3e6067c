import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { PageFrame } from "../shell/PageFrame";
import classes from "./Casework.module.css";
import { ownTasksQuery } from "./queries";
import { Task } from "./Task";

const AGAIN_MS = 30_000;

/** What I have to do, over all incidents, the next due first. */
export function OwnTasksPage() {
  const { t } = useLingui();
  const query = useInfiniteQuery({ ...ownTasksQuery, refetchInterval: AGAIN_MS });
  const title = t`My tasks`;
  return (
    <PageFrame title={title} name={title} lead={t`What was given to you in incidents, the next due first.`}>
      <Fetched query={query}>
        {(data) => {
          const tasks = data.pages.flatMap((page) => page.tasks);
          const total = data.pages[0]?.total ?? 0;
          return (
            <Card id="own-tasks" title={t`To do`} aside={t`${plural(total, { one: "# task", other: "# tasks" })}`}>
              {tasks.length === 0 ? (
                <Empty
                  why={t`You have no open task.`}
                  next={
                    <>
                      {t`Whoever handles an incident gives tasks on its page; they come here at once.`}{" "}
                      <Link to="/incidents">{t`To the incidents`}</Link>
                    </>
                  }
                />
              ) : (
                <ol className={classes.list}>
                  {tasks.map((task) => (
                    <Task key={task.id} task={task} withIncident />
                  ))}
                </ol>
              )}
              {query.hasNextPage && (
                <p className={classes.more}>
                  <button type="button" className={classes.act} onClick={() => void query.fetchNextPage()}>
                    {t`More tasks`}
                  </button>
                </p>
              )}
            </Card>
          );
        }}
      </Fetched>
    </PageFrame>
  );
}
