import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";

export const unitsQuery = queryOptions({
  queryKey: ["organisation", "units"],
  staleTime: 300_000,
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/organisation/units", { signal })),
});
