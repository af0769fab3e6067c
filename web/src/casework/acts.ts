/** What tasks and countermeasures ask of a person, by act; the same fields as the server's tables ask for. */
import { useLingui } from "@lingui/react/macro";
import type { MeasureAct, TaskAct } from "../api/names";
import { localToUs, usToLocal } from "../time/local";
import type { AskField } from "./Ask";

const DAY_US = 86_400 * 1_000_000;
/** A countermeasure is looked at again within 30 days; a week is the usual. */
const REVIEW_DAYS = 7;

export function useTaskFields(): (action: TaskAct["action"], nowUs: number) => readonly AskField[] {
  const { t } = useLingui();
  const reason: AskField = { name: "reason", kind: "words", label: t`Reason` };
  return (action, nowUs) => {
    switch (action) {
      case "finish":
        return [{ name: "result", kind: "words", label: t`What came of it?` }];
      case "drop":
      case "reopen":
        return [reason];
      case "assign":
        return [{ name: "to", kind: "person", label: t`To` }, reason];
      case "postpone":
        return [
          {
            name: "due_us",
            kind: "time",
            label: t`New deadline (Vietnam time)`,
            initial: usToLocal(nowUs + DAY_US).slice(0, 16),
          },
          reason,
        ];
    }
  };
}

export function useMeasureFields(): (action: MeasureAct["action"], nowUs: number) => readonly AskField[] {
  const { t } = useLingui();
  const reason: AskField = { name: "reason", kind: "words", label: t`Reason` };
  const result: AskField = { name: "result", kind: "words", label: t`What was done, and what shows that it works?` };
  return (action, nowUs) => {
    const review: AskField = {
      name: "review_us",
      kind: "time",
      label: t`Look at it again at (Vietnam time)`,
      description: t`Within 30 days.`,
      initial: usToLocal(nowUs + REVIEW_DAYS * DAY_US).slice(0, 16),
    };
    switch (action) {
      case "approve":
        return [review];
      case "review":
        return [review, reason];
      case "activate":
        return [];
      case "activated":
      case "removed":
        return [result];
      case "reject":
      case "remove":
      case "fail":
        return [reason];
    }
  };
}

/** What was filled in, as the request carries it: times as microseconds, empty fields left out. */
export function filled(values: Readonly<Record<string, string>>): Readonly<Record<string, string | number>> {
  const entries = Object.entries(values).flatMap(([name, value]): [string, string | number][] => {
    if (value.trim() === "") return [];
    if (!name.endsWith("_us")) return [[name, value.trim()]];
    const us = localToUs(value);
    return us === undefined ? [] : [[name, us]];
  });
  return Object.fromEntries(entries);
}
