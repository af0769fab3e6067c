import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { answerOf, api, rememberCsrf } from "../api/client";
import type { SessionView } from "../api/names";
import { ApiError, toApiError } from "../api/problem";

/** Who is logged in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async (): Promise<SessionView | null> => {
    try {
      const session = await answerOf(api.GET("/api/v1/session"));
      rememberCsrf(session.csrf);
      return session;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
});

export async function logIn(queries: QueryClient, account: string, password: string): Promise<SessionView> {
  const session = await answerOf(api.POST("/api/v1/session", { body: { account, password } }));
  rememberCsrf(session.csrf);
  queries.setQueryData(sessionQuery.queryKey, session);
  return session;
}

export async function logOut(queries: QueryClient): Promise<void> {
  const { response, error } = await api.DELETE("/api/v1/session");
  if (!response.ok && response.status !== 401) throw toApiError(response.status, error);
  forget(queries);
}

/** The server ended the session, or the person did: nothing of it stays in memory. */
export function forget(queries: QueryClient): void {
  rememberCsrf(undefined);
  queries.setQueryData(sessionQuery.queryKey, null);
  queries.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionQuery.queryKey[0] });
}
