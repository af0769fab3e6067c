import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";

/** Everything below `["incident", id]` is read again when something of that incident changed. */
const of = (incidentId: string) => ({ path: { incident_id: incidentId } });

export function commentsQuery(incidentId: string) {
  return infiniteQueryOptions({
    queryKey: ["incident", incidentId, "comments"],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/incidents/{incident_id}/comments", {
          params: { ...of(incidentId), query: { limit: 20, ...(pageParam ? { before: pageParam } : {}) } },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

export function tasksQuery(incidentId: string) {
  return queryOptions({
    queryKey: ["incident", incidentId, "tasks"],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/incidents/{incident_id}/tasks", { params: of(incidentId), signal })),
  });
}

export const ownTasksQuery = infiniteQueryOptions({
  queryKey: ["tasks", "own"],
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) =>
    answerOf(
      api.GET("/api/v1/tasks", {
        params: { query: { limit: 50, ...(pageParam ? { after: pageParam } : {}) } },
        signal,
      }),
    ),
  getNextPageParam: (last) => last.next ?? undefined,
});

export function measuresQuery(incidentId: string) {
  return queryOptions({
    queryKey: ["incident", incidentId, "countermeasures"],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/incidents/{incident_id}/countermeasures", { params: of(incidentId), signal })),
  });
}

export function observablesQuery(incidentId: string) {
  return infiniteQueryOptions({
    queryKey: ["incident", incidentId, "observables"],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/incidents/{incident_id}/observables", {
          params: { ...of(incidentId), query: { limit: 100, ...(pageParam ? { after: pageParam } : {}) } },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

export function relatedQuery(incidentId: string) {
  return queryOptions({
    queryKey: ["incident", incidentId, "related"],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/incidents/{incident_id}/related", { params: of(incidentId), signal })),
  });
}
