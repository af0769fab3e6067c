import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api, idempotencyKey } from "../api/client";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { localToUs, usToLocal } from "../time/local";
import { serverSeconds } from "../time/now";
import { Ask, type Asked } from "./Ask";
import classes from "./Casework.module.css";
import { tasksQuery } from "./queries";
import { Task } from "./Task";

const DAY_US = 86_400 * 1_000_000;

/** Who has to do what by when; the open ones first. */
export function Tasks({ incidentId }: { readonly incidentId: string }) {
  const { t } = useLingui();
  const query = useQuery(tasksQuery(incidentId));
  const mayGive = useRight("incidents.handle");
  const [asked, setAsked] = useState<Asked>();
  const { act } = useAct();
  const add = (): void =>
    setAsked({
      title: t`Give a task`,
      fields: [
        { name: "title", kind: "line", label: t`What is to be done?` },
        {
          name: "assignee",
          kind: "person",
          label: t`By whom?`,
          description: t`Empty: the handler of the incident.`,
          isOptional: true,
        },
        {
          name: "due",
          kind: "time",
          label: t`By when? (Vietnam time)`,
          initial: usToLocal(serverSeconds() * 1e6 + DAY_US).slice(0, 16),
        },
      ],
      send: t`Give the task`,
      onSend: ({ title = "", assignee, due = "" }) =>
        void act(
          () =>
            answerOf(
              api.POST("/api/v1/incidents/{incident_id}/tasks", {
                params: { path: { incident_id: incidentId }, header: { "Idempotency-Key": idempotencyKey() } },
                body: { title, due_us: localToUs(due) ?? 0, ...(assignee ? { assignee } : {}) },
              }),
            ),
          { done: t`Given; whoever got it is told`, refresh: [["incident", incidentId], ["tasks"]] },
        ),
    });
  const open = query.data?.tasks.filter((task) => task.state === "open").length ?? 0;
  return (
    <Card id="tasks" title={t`Tasks`} aside={query.data && t`${plural(open, { one: "# open", other: "# open" })}`}>
      <Fetched query={query}>
        {({ tasks, total }) => (
          <>
            {tasks.length === 0 ? (
              <Empty why={t`No task was given yet.`} />
            ) : (
              <ol className={classes.list}>
                {tasks.map((task) => (
                  <Task key={task.id} task={task} />
                ))}
              </ol>
            )}
            {total > tasks.length && <p className={classes.meta}>{t`${tasks.length} of ${total} tasks are shown.`}</p>}
          </>
        )}
      </Fetched>
      {mayGive && (
        <p className={classes.more}>
          <button type="button" className={classes.act} onClick={add}>
            {t`Give a task`}
          </button>
        </p>
      )}
      <Ask asked={asked} onClose={() => setAsked(undefined)} />
    </Card>
  );
}
