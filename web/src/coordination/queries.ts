import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";
import type { CaseSearch } from "./caseSearch";

export const policyQuery = queryOptions({
  queryKey: ["policy", "in-force"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/policy", { signal })),
});

/** The rules in words: of the version in force, or of the one named. */
export function rulebookQuery(sha256?: string | undefined) {
  return queryOptions({
    queryKey: ["policy", "rulebook", sha256 ?? null],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/policy/rulebook", { params: { query: sha256 ? { version: sha256 } : {} }, signal })),
  });
}

export const versionsQuery = queryOptions({
  queryKey: ["policy", "versions"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/policy/versions", { signal })),
});

export function versionQuery(sha256: string) {
  return queryOptions({
    queryKey: ["policy", "version", sha256],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/policy/versions/{sha256}", { params: { path: { sha256 } }, signal })),
  });
}

export function differencesQuery(sha256: string) {
  return queryOptions({
    queryKey: ["policy", "differences", sha256],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/policy/versions/{sha256}/differences", { params: { path: { sha256 } }, signal })),
  });
}

/** Systems of the inventory; one page of them is enough to choose from by name. */
export const systemsQuery = queryOptions({
  queryKey: ["organisation", "assets", "all"],
  queryFn: ({ signal }) =>
    answerOf(api.GET("/api/v1/organisation/assets", { params: { query: { limit: 200 } }, signal })),
});

/** What the rules say of a case; nothing is stored, so that the answer can be asked again at every change. */
export function explanationQuery(search: CaseSearch) {
  const { systems = [], flags = [], facts = {}, detected, version } = search;
  return queryOptions({
    queryKey: ["policy", "explanation", search],
    // A case is asked about on purpose; its times count from the moment of asking.
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      answerOf(
        api.POST("/api/v1/policy/explain", {
          body: {
            assets: systems.map((id) => ({ id, flags: [] })),
            facts,
            flags: [...flags],
            tags: [],
            ...(detected === undefined ? {} : { detected_us: detected }),
            ...(version === undefined ? {} : { sha256: version }),
          },
          signal,
        }),
      ),
  });
}
