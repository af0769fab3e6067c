import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";
import type { PreviewEdit } from "../api/names";

export const dutyQuery = queryOptions({
  queryKey: ["duty", "now"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/duty", { signal })),
});

export function calendarQuery(fromUs: number, toUs: number) {
  return queryOptions({
    queryKey: ["duty", "calendar", fromUs, toUs],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/duty/calendar", { params: { query: { from_us: fromUs, to_us: toUs } }, signal })),
  });
}

export const checksQuery = queryOptions({
  queryKey: ["duty", "checks"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/duty/checks", { params: { query: { days: 30 } }, signal })),
});

export const swapsQuery = queryOptions({
  queryKey: ["duty", "swaps"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/duty/swaps", { signal })),
});

export const overridesQuery = queryOptions({
  queryKey: ["duty", "overrides"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/duty/overrides", { signal })),
});

export const leaveQuery = queryOptions({
  queryKey: ["duty", "leave"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/duty/leave", { signal })),
});

export const handOversQuery = queryOptions({
  queryKey: ["duty", "hand-overs"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/duty/hand-overs", { signal })),
});

export const rotaQuery = queryOptions({
  queryKey: ["duty", "rota"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/duty/rota", { signal })),
});

export const feedsQuery = queryOptions({
  queryKey: ["duty", "feeds"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/duty/feeds", { signal })),
});

/** What an edit would do; asked anew whenever the form says something else. */
export function previewQuery(body: PreviewEdit | undefined) {
  return queryOptions({
    queryKey: ["duty", "preview", body],
    enabled: body !== undefined,
    retry: false,
    staleTime: 0,
    queryFn: ({ signal }) => {
      if (body === undefined) throw new Error("nothing to look at");
      return answerOf(api.POST("/api/v1/duty/preview", { body, signal }));
    },
  });
}
