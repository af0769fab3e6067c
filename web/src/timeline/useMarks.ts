import { useLingui } from "@lingui/react/macro";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useRight } from "../session/useRights";
import { marksOf } from "./marks";
import { alertTimesQuery, entriesQuery } from "./queries";
import { useFieldWord } from "./words";

/** So many are read at once; beyond it a person asks for more. */
const READ_BY_ITSELF = 1_000;

/** Everything on the timeline of an incident, in one order of time. */
export function useMarks(incidentId: string) {
  const { i18n } = useLingui();
  const fieldWord = useFieldWord();
  const mayReadAlerts = useRight("alerts.read");
  const entries = useInfiniteQuery(entriesQuery(incidentId));
  const alerts = useQuery({ ...alertTimesQuery(incidentId), enabled: mayReadAlerts });
  const pages = entries.data?.pages;
  const read = pages?.reduce((sum, page) => sum + page.entries.length, 0) ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = entries;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && read < READ_BY_ITSELF) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, read]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the words are new at every render and follow the language alone
  const marks = useMemo(
    () => marksOf(pages?.flatMap((page) => page.entries) ?? [], alerts.data?.alerts ?? [], i18n.locale, fieldWord),
    [pages, alerts.data, i18n.locale],
  );
  return {
    entries,
    marks,
    alertsLeft: alerts.data ? alerts.data.total - alerts.data.alerts.length : 0,
    takenBack: alerts.data?.taken_back ?? 0,
    mayReadAlerts,
  };
}
