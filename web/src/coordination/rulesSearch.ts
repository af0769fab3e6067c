/** What of the rules is on screen, as it stands in the address. */
import type { IncidentClass } from "../api/names";
import { CLASSES } from "../incident/search";
import { readHash } from "./caseSearch";

const LONGEST = 100;

export interface RulesSearch {
  /** Words to look for. */
  readonly find?: string | undefined;
  /** Obligations of this class alone. */
  readonly class?: IncidentClass | undefined;
  /** The hash of another version than the one in force. */
  readonly version?: string | undefined;
}

export function readRulesSearch(raw: Readonly<Record<string, unknown>>): RulesSearch {
  const { find } = raw;
  // A word of digits alone comes back from the address as a number.
  const text = typeof find === "number" ? String(find) : find;
  return {
    find: typeof text === "string" && text !== "" ? text.slice(0, LONGEST) : undefined,
    class: CLASSES.find((each) => each === raw.class),
    version: readHash(raw.version),
  };
}

export interface VersionSearch {
  readonly version?: string | undefined;
}

export function readVersionSearch(raw: Readonly<Record<string, unknown>>): VersionSearch {
  return { version: readHash(raw.version) };
}
