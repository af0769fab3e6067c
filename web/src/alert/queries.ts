import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";

export function groupQuery(groupId: string) {
  return queryOptions({
    queryKey: ["group", groupId],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/groups/{group_id}", { params: { path: { group_id: groupId } }, signal })),
  });
}

/** To whom the rules would escalate it: asked anew each time, because the rota moves on. */
export function escalationQuery(groupId: string) {
  return queryOptions({
    queryKey: ["group", groupId, "escalation"],
    gcTime: 0,
    staleTime: 0,
    retry: false,
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/groups/{group_id}/escalation", { params: { path: { group_id: groupId } }, signal })),
  });
}

export function groupAlertsQuery(groupId: string) {
  return infiniteQueryOptions({
    queryKey: ["group", groupId, "alerts"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/groups/{group_id}/alerts", {
          params: { path: { group_id: groupId }, query: { limit: 50, ...(pageParam ? { after: pageParam } : {}) } },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

export function alertQuery(alertId: string) {
  return queryOptions({
    queryKey: ["alert", alertId],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/alerts/{alert_id}", { params: { path: { alert_id: alertId } }, signal })),
  });
}

export function alertEventsQuery(alertId: string) {
  return queryOptions({
    queryKey: ["alert", alertId, "events"],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/alerts/{alert_id}/events", { params: { path: { alert_id: alertId } }, signal })),
  });
}

export const peopleQuery = queryOptions({
  queryKey: ["people"],
  staleTime: 60_000,
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/people", { signal })),
});

export const datasetsQuery = queryOptions({
  queryKey: ["datasets"],
  staleTime: 15_000,
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/datasets", { signal })),
});
