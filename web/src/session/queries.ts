import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "../api/problem";
import { forget, sessionQuery } from "./session";

/** Server data of the page. An answer "nobody is logged in" from any question ends the session on screen too. */
export function createQueries(): QueryClient {
  const queries: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        const isAboutSession = query.queryKey[0] === sessionQuery.queryKey[0];
        if (error instanceof ApiError && error.status === 401 && !isAboutSession) forget(queries);
      },
    }),
    defaultOptions: {
      queries: {
        // A refusal stays a refusal; only silence and overload are worth asking again.
        retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
        refetchOnWindowFocus: false,
        staleTime: 5_000,
      },
    },
  });
  return queries;
}
