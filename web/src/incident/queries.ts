import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";
import type { DatasetKind } from "../api/names";
import type { Answer } from "./answers";
import { type IncidentsSearch, toIncidentsQuery } from "./search";

const PAGE = 50;
/** Whoever may not follow the stream still sees what others do. */
const AGAIN_MS = 30_000;

export function incidentsQuery(search: IncidentsSearch, me: string) {
  const query = toIncidentsQuery(search, me);
  return infiniteQueryOptions({
    queryKey: ["incidents", query],
    initialPageParam: undefined as string | undefined,
    refetchInterval: AGAIN_MS,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/incidents", {
          params: { query: { ...query, limit: PAGE, ...(pageParam ? { after: pageParam } : {}) } },
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

/** The names of the policy that the incident was opened under. */
export function vocabularyQuery(incidentId: string) {
  return queryOptions({
    queryKey: ["incident", incidentId, "vocabulary"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/incidents/{incident_id}/vocabulary", {
          params: { path: { incident_id: incidentId } },
          signal,
        }),
      ),
  });
}

/** The names of the policy in force, for an incident that is not there yet. */
export const policyVocabularyQuery = queryOptions({
  queryKey: ["policy", "vocabulary"],
  staleTime: 60_000,
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/policy/vocabulary", { signal })),
});

export function incidentGroupsQuery(incidentId: string) {
  return queryOptions({
    queryKey: ["incident", incidentId, "groups"],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/incidents/{incident_id}/groups", { params: { path: { incident_id: incidentId } }, signal }),
      ),
  });
}

/** Incidents that something can still be put into. */
export function openIncidentsQuery(kind: DatasetKind) {
  return queryOptions({
    queryKey: ["incidents", "open", kind],
    staleTime: 10_000,
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/incidents", {
          params: { query: { dataset_kind: kind, only: ["goes_on"], limit: 200 } },
          signal,
        }),
      ),
  });
}

export interface SupposedCase {
  readonly assets: readonly string[];
  readonly facts: Readonly<Record<string, Answer>>;
  readonly flags: readonly string[];
}

/** What the rules say of a case that nobody stored: its class and whom to tell, with every reason. */
export function explanationQuery(supposed: SupposedCase) {
  return queryOptions({
    queryKey: ["policy", "explain", supposed],
    staleTime: 30_000,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      answerOf(
        api.POST("/api/v1/policy/explain", {
          body: {
            assets: supposed.assets.map((id) => ({ id, flags: [] })),
            facts: { ...supposed.facts },
            flags: [...supposed.flags],
            tags: [],
          },
          signal,
        }),
      ),
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
