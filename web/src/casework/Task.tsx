import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import type { TaskAct, TaskView } from "../api/names";
import { inLanguage } from "../language/language";
import { Inert } from "../text/Inert";
import { serverSeconds } from "../time/now";
import { Time } from "../time/Time";
import { Ask, type Asked } from "./Ask";
import { filled, useTaskFields } from "./acts";
import classes from "./Casework.module.css";
import { IncidentLink } from "./IncidentLink";
import { useTaskActionWord, useTaskStateWord } from "./words";

interface TaskProps {
  readonly task: TaskView;
  /** On the page of one's own tasks the incident is named. */
  readonly withIncident?: boolean;
}

/** A task: what, who, by when, and what may be done with it now. */
export function Task({ task, withIncident = false }: TaskProps) {
  const { t, i18n } = useLingui();
  const stateWord = useTaskStateWord();
  const actionWord = useTaskActionWord();
  const fieldsOf = useTaskFields();
  const [asked, setAsked] = useState<Asked>();
  const { act, isActing } = useAct();
  const name = inLanguage(task.assignee.name, i18n.locale) ?? task.assignee.id;
  const maker = inLanguage(task.made_by.name, i18n.locale) ?? task.made_by.id;
  const last = task.history.findLast((each) => each.fields["result"] ?? each.fields["reason"]);
  const word = last?.fields["result"] ?? last?.fields["reason"];

  const begin = (action: TaskAct["action"]): void =>
    setAsked({
      title: actionWord(action),
      about: task.title,
      fields: fieldsOf(action, serverSeconds() * 1e6),
      send: actionWord(action),
      onSend: (values) =>
        void act(
          () =>
            answerOf(
              api.POST("/api/v1/tasks/{number}/acts", {
                params: { path: { number: task.id } },
                body: { kind: "task", action, version: task.version, ...filled(values) },
              }),
            ),
          { done: actionWord(action), refresh: [["incident", task.incident], ["tasks"]] },
        ),
    });
  return (
    <li>
      <p className={classes.line}>
        <strong>
          <Inert value={task.title} limit={500} />
        </strong>
        <span className={classes.mark} data-tone={task.is_overdue ? "bad" : task.state === "done" ? "good" : undefined}>
          {task.is_overdue ? t`Overdue` : stateWord(task.state)}
        </span>
      </p>
      <p className={classes.meta}>
        {withIncident && (
          <>
            <IncidentLink incidentId={task.incident} /> ·{" "}
          </>
        )}
        {t`${name} does it`} · {t`due`} <Time us={task.due_us} />
        {task.made_by.id !== task.assignee.id && ` · ${t`given by ${maker}`}`}
      </p>
      {typeof word === "string" && (
        <p className={classes.words}>
          <Inert value={word} limit={300} isExpandable />
        </p>
      )}
      {task.actions.length > 0 && (
        <p className={classes.acts}>
          {task.actions.filter(isTaskAction).map((action) => (
            <button
              type="button"
              key={action}
              className={classes.act}
              disabled={isActing}
              onClick={() => begin(action)}
            >
              {actionWord(action)}
            </button>
          ))}
        </p>
      )}
      <Ask asked={asked} onClose={() => setAsked(undefined)} />
    </li>
  );
}

const ACTIONS: readonly string[] = ["finish", "drop", "reopen", "assign", "postpone"] satisfies TaskAct["action"][];

function isTaskAction(action: string): action is TaskAct["action"] {
  return ACTIONS.includes(action);
}
