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

export function useLanesByWord(): (by: LanesBy) => string {
  const { t } = useLingui();
  const words: Readonly<Record<LanesBy, string>> = {
    kind: t`By kind`,
    host: t`By host`,
    source: t`By source`,
  };
  return (by) => words[by];
}
