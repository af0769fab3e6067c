import { useLingui } from "@lingui/react/macro";
import { DEEDS, NOBODY, OTHERS, SORTS, type Sort } from "./marks";
import type { LanesBy } from "./search";

export function useSortWord(): (sort: Sort) => string {
  const { t } = useLingui();
  const words: Readonly<Record<Sort, string>> = {
    alert: t({ message: "Alerts", context: "timeline" }),
    step: t({ message: "Steps of the case", context: "timeline" }),
    duty: t({ message: "Obligations and notices", context: "timeline" }),
    approval: t({ message: "Approvals", context: "timeline" }),
    work: t({ message: "Tasks, countermeasures", context: "timeline" }),
    words: t({ message: "Comments", context: "timeline" }),
    trace: t({ message: "Observables", context: "timeline" }),
    link: t({ message: "Linked alert groups", context: "timeline" }),
  };
  return (sort) => words[sort];
}

export function useLaneWord(): (key: string) => string {
  const { t } = useLingui();
  const sortWord = useSortWord();
  return (key) => {
    if (key === DEEDS) return t`What people did`;
    if (key === NOBODY) return t`No name in the alert`;
    if (key === OTHERS) return t`All others`;
    const sort = SORTS.find((each) => each === key);
    return sort ? sortWord(sort) : key;
  };
}

/** What an act asked for, by the name that the server keeps it under; a name that the page does not know stays as it is. */
export function useFieldWord(): (name: string) => string {
  const { t } = useLingui();
  const words: Readonly<Record<string, string>> = {
    reason: t`Reason`,
    result: t({ message: "Outcome", context: "field of an act" }),
    to: t({ message: "To", context: "field of an act" }),
    due_us: t({ message: "Deadline", context: "field of an act" }),
    review_us: t({ message: "To be reviewed", context: "field of an act" }),
    what: t({ message: "What was done", context: "field of an act" }),
    evidence: t({ message: "Evidence", context: "field of an act" }),
    root_cause: t({ message: "Root cause", context: "field of an act" }),
    checked: t({ message: "What was checked", context: "field of an act" }),
    operator: t({ message: "Operator", context: "field of an act" }),
    resolution: t({ message: "Resolution", context: "field of an act" }),
    impact: t({ message: "Impact", context: "field of an act" }),
    lessons: t({ message: "Lessons", context: "field of an act" }),
    receiver: t({ message: "Receiver", context: "field of an act" }),
    receipt: t({ message: "Receipt", context: "field of an act" }),
    target: t({ message: "Merged into", context: "field of an act" }),
  };
  return (name) => words[name] ?? name;
}

export function useLanesByWord(): (by: LanesBy) => string {
  const { t } = useLingui();
  const words: Readonly<Record<LanesBy, string>> = {
    kind: t`By kind`,
    host: t`By host`,
    source: t`By source`,
  };
  return (by) => words[by];
}
