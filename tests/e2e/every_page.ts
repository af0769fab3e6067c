/** Every page there is, as whoever works there sees it: what the accessibility gate walks over. A new page is one line here. */
import { SHORTCUTS } from "../../web/src/keyboard/registry";
import { dataset } from "./desk";

export interface EveryPage {
  readonly name: string;
  readonly path: string;
  /** Nobody: the page of whoever is not logged in. */
  readonly account: "irt.leader" | "auditor" | "sysadmin" | "nobody";
  /** What is there when the page has its data; on a server without any, the page shows something else. */
  readonly loaded: string;
  /** Follows the first link that matches, for pages whose address is known to the server only. */
  readonly follow?: string;
  /** Another state of the page above it: what opens there was opened already. */
  readonly isVariant?: boolean;
  /** The page is of one thing and so never empty. */
  readonly isOfOne?: boolean;
}

const queue = `/queue?dataset=${dataset()}`;
const row = '[role="row"][id^="row-"]';

export const EVERY_PAGE: readonly EveryPage[] = [
  { name: "log-in", path: "/login", account: "nobody", loaded: "form", isOfOne: true },
  { name: "queue", path: queue, account: "irt.leader", loaded: row },
  { name: "queue, grouped", path: `${queue}&group=rule.asset`, account: "irt.leader", loaded: "aside", isVariant: true },
  { name: "queue, nothing found", path: `${queue}&filter=khongcogiotenlanhuvay`, account: "irt.leader", loaded: "h2", isVariant: true },
  { name: "alert", path: queue, account: "irt.leader", follow: row, loaded: "#events", isOfOne: true },
  { name: "alert, withdrawn", path: `${queue}&life=withdrawn`, account: "irt.leader", follow: row, loaded: "[data-life=withdrawn]", isOfOne: true, isVariant: true },
  { name: "alert that is not there", path: "/alerts/0123456789abcdef", account: "irt.leader", loaded: "h1", isOfOne: true, isVariant: true },
  { name: "held back", path: "/held-back", account: "irt.leader", loaded: "main table" },
  { name: "incidents", path: "/incidents", account: "irt.leader", loaded: "main table" },
  ...["overview", "work", "traces", "timeline", "reports"].map(
    (part): EveryPage => ({
      name: `incident, ${part}`,
      path: `/incidents/SC-2026-0001?part=${part}`,
      account: "irt.leader",
      loaded: part === "overview" ? "#obligations" : "main h2",
      isOfOne: true,
    }),
  ),
  { name: "timeline", path: "/incidents/SC-2026-0001/timeline", account: "irt.leader", loaded: "main svg[role=img]", isOfOne: true },
  { name: "incident that is not there", path: "/incidents/SC-2020-9999", account: "irt.leader", loaded: "h1", isOfOne: true, isVariant: true },
  { name: "coordination", path: "/coordination", account: "irt.leader", loaded: "main table" },
  { name: "coordination, nothing found", path: "/coordination?find=khongcochunhuvay", account: "irt.leader", loaded: "main [role=status]", isVariant: true },
  { name: "coordination, who", path: `/coordination/who?flags=${encodeURIComponent('["pd"]')}`, account: "irt.leader", loaded: "#owed" },
  { name: "coordination, versions", path: "/coordination/versions", account: "irt.leader", loaded: "main table" },
  { name: "coordination, one version", path: "/coordination/versions", account: "irt.leader", follow: "main table a", loaded: "#state" },
  { name: "coordination, draft", path: "/coordination/draft", account: "irt.leader", loaded: "main h2" },
  { name: "coordination, simulation", path: "/coordination/simulation", account: "irt.leader", loaded: "main h2" },
  { name: "my tasks", path: "/tasks", account: "irt.leader", loaded: "main h1" },
  { name: "reports", path: "/reports", account: "irt.leader", loaded: "main h2" },
  ...["calendar", "changes", "hand-over", "rota"].map(
    (part): EveryPage => ({ name: `duty, ${part}`, path: `/duty?part=${part}`, account: "irt.leader", loaded: "main h2" }),
  ),
  { name: "rules", path: "/rules", account: "irt.leader", loaded: "main table" },
  { name: "rules, refused", path: "/rules?state=rejected", account: "irt.leader", loaded: "main table", isVariant: true },
  { name: "one rule", path: "/rules", account: "irt.leader", follow: "main table a", loaded: "main h2", isOfOne: true },
  { name: "audit", path: "/audit", account: "auditor", loaded: "main table" },
  ...["people", "roles", "organisation", "jobs", "health", "notices"].map(
    (part): EveryPage => ({ name: `administration, ${part}`, path: `/administration?part=${part}`, account: "sysadmin", loaded: "main h2" }),
  ),
  { name: "duty board, held still", path: "/board?still=1", account: "irt.leader", loaded: "h1" },
  { name: "profile", path: "/profile", account: "irt.leader", loaded: "main h2" },
  { name: "first run", path: "/first-run", account: "sysadmin", loaded: "main h2" },
  { name: "help", path: "/help", account: "irt.leader", loaded: "main h2" },
];

/** The keys that act on a page of the queue or of an alert without leading away: from the registry, so that a new one is tried too. */
export function keysOf(path: string, isFollowed: boolean): readonly string[] {
  if (!path.startsWith("/queue")) return [];
  const scopes: readonly string[] = ["everywhere", "triage", isFollowed ? "alert" : "queue"];
  return Object.entries(SHORTCUTS)
    .filter(([id, entry]) => scopes.includes(entry.scope) && !id.startsWith("go") && !/next|previous|open|back/i.test(id))
    .map(([, entry]): string => (entry.bindings[0] ?? "").replace("$mod", "Control"))
    .filter((binding) => binding !== "" && !binding.includes(" "));
}
