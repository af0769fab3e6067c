import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "./session";

/** What the person who is logged in may do; the server decides again at every request. */
export function useRights(): readonly string[] {
  const { data } = useQuery({ ...sessionQuery, enabled: false });
  return data?.rights ?? [];
}

export function useRight(right: string): boolean {
  return useRights().includes(right);
}
