export const PARTS = ["people", "roles", "organisation", "jobs", "health", "notices"] as const;
export type Part = (typeof PARTS)[number];

export interface AdministrationSearch {
  readonly part?: Part | undefined;
}

export function readAdministrationSearch(raw: Record<string, unknown>): AdministrationSearch {
  return { part: PARTS.find((part) => part === raw.part) };
}

/** The right without which the server does not answer; none: everybody who opens the page. */
export const RIGHT_OF: Readonly<Record<Part, string | undefined>> = {
  people: "people.read",
  roles: undefined,
  organisation: "organisation.read",
  jobs: "jobs.read",
  health: undefined,
  notices: "notices.team",
};
