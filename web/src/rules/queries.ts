import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";
import type { DatasetKind } from "../api/names";
import { type RulesSearch, toRulesQuery } from "./search";

const PAGE = 100;
/** Rules change seldom, their figures with every alert: nobody reads them by the second. */
const AGAIN_MS = 60_000;

export function rulesQuery(search: RulesSearch) {
  const query = toRulesQuery(search);
  return infiniteQueryOptions({
    queryKey: ["rules", query],
    initialPageParam: 0,
    refetchInterval: AGAIN_MS,
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) =>
      answerOf(api.GET("/api/v1/rules", { params: { query: { ...query, offset: pageParam, limit: PAGE } }, signal })),
    getNextPageParam: (last, pages) => {
      const shown = pages.reduce((sum, page) => sum + page.rows.length, 0);
      return last.rows.length > 0 && shown < last.total ? shown : undefined;
    },
  });
}

export function ruleQuery(name: string, kind: DatasetKind) {
  return queryOptions({
    queryKey: ["rule", name, kind],
    refetchInterval: AGAIN_MS,
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/rules/{name}", { params: { path: { name }, query: { dataset_kind: kind } }, signal })),
  });
}
