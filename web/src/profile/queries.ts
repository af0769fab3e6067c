import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";

export const secondFactorQuery = queryOptions({
  queryKey: ["second-factor"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/session/second-factor", { signal })),
});

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/tokens", { signal })),
});

/** Roles, rights and their words; they change with the program only. */
export const rolesQuery = queryOptions({
  queryKey: ["roles"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/roles", { signal })),
});
