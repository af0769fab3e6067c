import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";
import type { AssetView, NoticeState } from "../api/names";
import { toApiError } from "../api/problem";

/** Pages of the register that one look reads: 20,000 systems; more is said to be left out. */
const MOST_PAGES = 100;

export const organisationQuery = queryOptions({
  queryKey: ["organisation", "overview"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/organisation", { signal })),
});

export const unitsQuery = queryOptions({
  queryKey: ["organisation", "units"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/organisation/units", { signal })),
});

export const contactsQuery = queryOptions({
  queryKey: ["organisation", "contacts"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/organisation/contacts", { signal })),
});

/** Every system, page by page: search folds marks here, which the register at the server does not. */
export const assetsQuery = queryOptions({
  queryKey: ["organisation", "assets"],
  queryFn: async ({ signal }) => {
    const assets: AssetView[] = [];
    let after: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const query = { limit: 200, ...(after && { after }) };
      const answer = await answerOf(api.GET("/api/v1/organisation/assets", { signal, params: { query } }));
      assets.push(...answer.assets);
      if (answer.next === null) break;
      after = answer.next;
    }
    return assets;
  },
});

export const jobsQuery = queryOptions({
  queryKey: ["jobs"],
  refetchInterval: 10_000,
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/jobs", { signal })),
});

/** Health answers 503 when a part is down, and the answer is as good as the other. */
export const healthQuery = queryOptions({
  queryKey: ["health"],
  refetchInterval: 10_000,
  queryFn: async ({ signal }) => {
    const outcome = await api.GET("/api/v1/health", { signal }).catch(() => undefined);
    if (!outcome) throw toApiError(0, undefined);
    const answer = outcome.data ?? outcome.error;
    if (!answer) throw toApiError(outcome.response.status, undefined);
    return answer;
  },
});

export const noticesQuery = (state: NoticeState | undefined) =>
  infiniteQueryOptions({
    queryKey: ["notices", "team", state],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => {
      const query = {
        scope: "team" as const,
        ...(state && { state: [state] }),
        ...(pageParam && { after: pageParam }),
      };
      return answerOf(api.GET("/api/v1/notifications", { signal, params: { query } }));
    },
    getNextPageParam: (last) => last.next ?? undefined,
  });
