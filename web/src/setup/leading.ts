import type { QueryClient } from "@tanstack/react-query";
import type { SessionView, SetupAnswer } from "../api/names";
import { setupQuery } from "./queries";

/** Who was led to the first run on this browser already. */
const STORED = "khien.firstRun";

/** Whether there is something left that this reader can do; else the first run is no page of theirs. */
export function concernsReader(setup: SetupAnswer): boolean {
  return !setup.is_complete && setup.steps.some((step) => step.state === "open" && step.may_act);
}

/** An administrator of a system that is not set up is led to the first run, once; afterwards every page is free to them. */
export async function isLedToFirstRun(queries: QueryClient, session: SessionView): Promise<boolean> {
  const { account } = session.person;
  if (!session.rights.includes("people.change") || localStorage.getItem(STORED) === account) return false;
  try {
    const setup = await queries.fetchQuery(setupQuery);
    if (!concernsReader(setup)) return false;
  } catch {
    // The way to the other pages does not depend on this one.
    return false;
  }
  localStorage.setItem(STORED, account);
  return true;
}
