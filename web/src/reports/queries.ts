import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";

export function reportsQuery(incidentId: string) {
  return queryOptions({
    queryKey: ["incident", incidentId, "reports"],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/incidents/{incident_id}/reports", { params: { path: { incident_id: incidentId } }, signal }),
      ),
  });
}

const DAY_US = 86_400 * 1_000_000;

export function responseTimesQuery(days: number) {
  return queryOptions({
    queryKey: ["metrics", "response", days],
    staleTime: 60_000,
    queryFn: ({ signal }) => {
      const from_us = Date.now() * 1_000 - days * DAY_US;
      return answerOf(api.GET("/api/v1/metrics/response", { params: { query: { from_us } }, signal }));
    },
  });
}

export const unitNamesQuery = queryOptions({
  queryKey: ["organisation", "units", "names"],
  staleTime: 300_000,
  queryFn: async ({ signal }) => {
    const { units } = await answerOf(api.GET("/api/v1/organisation/units", { signal }));
    return new Map(units.map((unit) => [unit.id, unit.name]));
  },
});
