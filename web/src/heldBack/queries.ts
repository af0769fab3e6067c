import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";

export const heldBackQuery = queryOptions({
  queryKey: ["held-back"],
  refetchInterval: 30_000,
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/held-back", { signal })),
});
