import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";

/** The steps from an empty system to its first alert, as far as this reader may know them. */
export const setupQuery = queryOptions({
  queryKey: ["setup"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/setup", { signal })),
});

/** Before anybody is logged in: whether there is an administrator at all. */
export const setupHintQuery = queryOptions({
  queryKey: ["setup", "hint"],
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/setup/hint", { signal })),
});
