import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";
import { type AuditSearch, toQuery } from "./search";

const PAGE = 50;

export const auditQuery = (search: AuditSearch) =>
  infiniteQueryOptions({
    queryKey: ["audit", search],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      answerOf(
        api.GET("/api/v1/audit", {
          signal,
          params: { query: { ...toQuery(search), limit: PAGE, ...(pageParam && { after: pageParam }) } },
        }),
      ),
    getNextPageParam: (last) => last.next ?? undefined,
  });

/** How far the verification has come; asked while one goes on. */
export const progressQuery = queryOptions({
  queryKey: ["audit-progress"],
  refetchInterval: 500,
  gcTime: 0,
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/audit/verification/progress", { signal })),
});

export const checkpointsQuery = queryOptions({
  queryKey: ["audit-checkpoints"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/audit/checkpoints", { signal })),
});
