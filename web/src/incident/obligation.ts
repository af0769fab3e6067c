import type { ObligationView } from "../api/names";

const UNDONE: readonly ObligationView["state"][] = ["pending", "overdue", "sent"];

/** Nobody has told the recipient, or the recipient has not confirmed yet. */
export function isUndone(state: ObligationView["state"]): boolean {
  return UNDONE.includes(state);
}
