/** Groups nested up to three levels: what they are grouped by, and the place in them that narrows the list. */
import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";
import type { GroupBy, QueueQuery } from "../api/names";
import { GROUPINGS, type QueueSearch } from "./search";

/** More levels than a person keeps in mind. */
export const MOST_LEVELS = 3;

/** `rule.asset.unit` in the address; what is unknown or twice is left out. */
export function levelsOf(group: string | undefined): readonly GroupBy[] {
  const named = (group ?? "").split(".").flatMap((each) => GROUPINGS.find((known) => known === each) ?? []);
  return [...new Set(named)].slice(0, MOST_LEVELS);
}

/** The values on the way into the groups, as conditions of the list; an empty value means "without one". */
export function conditionsOf(search: QueueSearch): Partial<QueueQuery> {
  return conditionsAt(levelsOf(search.group), search.at ?? []);
}

export function conditionsAt(levels: readonly GroupBy[], path: readonly string[]): Partial<QueueQuery> {
  return Object.fromEntries(path.slice(0, levels.length).map((value, level) => [levels[level] ?? "", value]));
}

/** The values of one level below a path, with the server's exact counts. */
export function levelQuery(query: QueueQuery, levels: readonly GroupBy[], path: readonly string[]) {
  const by = levels[path.length];
  const { sort: _sort, after: _after, limit: _limit, ...rest } = query;
  const asked = { ...rest, ...conditionsAt(levels, path), ...(by ? { group_by: by } : {}), limit: 1 };
  return queryOptions({
    queryKey: ["buckets", asked],
    enabled: by !== undefined,
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/alerts", { params: { query: asked }, signal })),
  });
}
