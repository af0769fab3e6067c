import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";

const PAGE = 200;

/** From the beginning of the incident onwards. */
export function entriesQuery(incidentId: string) {
  return infiniteQueryOptions({
    queryKey: ["incident", incidentId, "timeline", "oldest"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/incidents/{incident_id}/timeline", {
          params: {
            path: { incident_id: incidentId },
            query: { limit: PAGE, order: "oldest", ...(pageParam ? { after: pageParam } : {}) },
          },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

/** The last that happened. */
export function newestQuery(incidentId: string, limit: number) {
  return queryOptions({
    queryKey: ["incident", incidentId, "timeline", "newest", limit],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/incidents/{incident_id}/timeline", {
          params: { path: { incident_id: incidentId }, query: { limit, order: "newest" } },
          signal,
        }),
      ),
  });
}

export function alertTimesQuery(incidentId: string) {
  return queryOptions({
    queryKey: ["incident", incidentId, "timeline", "alerts"],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/incidents/{incident_id}/timeline/alerts", {
          params: { path: { incident_id: incidentId }, query: { limit: 1000 } },
          signal,
        }),
      ),
  });
}
