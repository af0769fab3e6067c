import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";
import { ENDED, type IncidentsSearch, STATES } from "./search";

const PAGE = 50;
/** Whoever may not follow the stream still sees what others do. */
const AGAIN_MS = 30_000;

export function incidentsQuery(search: IncidentsSearch) {
  const { state, kind } = search;
  const states = state === "every" ? [] : state ? [state] : STATES.filter((each) => !ENDED.includes(each));
  return infiniteQueryOptions({
    queryKey: ["incidents", search],
    initialPageParam: undefined as string | undefined,
    refetchInterval: AGAIN_MS,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/incidents", {
          params: {
            query: {
              limit: PAGE,
              dataset_kind: kind ?? "live",
              ...(states.length > 0 ? { state: states } : {}),
              ...(pageParam ? { after: pageParam } : {}),
            },
          },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

export function incidentQuery(incidentId: string) {
  return queryOptions({
    queryKey: ["incident", incidentId],
    refetchInterval: AGAIN_MS,
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/incidents/{incident_id}", { params: { path: { incident_id: incidentId } }, signal })),
  });
}

export function incidentAssignmentsQuery(incidentId: string) {
  return queryOptions({
    queryKey: ["incident", incidentId, "assignments"],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/incidents/{incident_id}/assignments", {
          params: { path: { incident_id: incidentId } },
          signal,
        }),
      ),
  });
}
