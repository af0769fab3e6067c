import type { ShortcutId } from "../keyboard/registry";

interface Entry {
  readonly path: string;
  /** Who may open it: the server's own word for the right, or several of which one is enough; none means everybody. */
  readonly right?: string | readonly string[];
  readonly shortcut: Extract<ShortcutId, `go${string}`>;
  readonly text: { readonly id: string; readonly message: string };
  /** Not in the row of the header, which is full: in the menu of the narrow header and in that of the person. */
  readonly isAside?: boolean;
}

/** The pages of the menu, in its order: the menu, the `G …` keys and the tests are made from this table. */
export const PAGES = [
  {
    path: "/queue",
    right: "alerts.read",
    shortcut: "goQueue",
    text: /*i18n*/ { id: "page.queue", message: "Queue" },
  },
  {
    path: "/incidents",
    right: "incidents.read",
    shortcut: "goIncidents",
    text: /*i18n*/ { id: "page.incidents", message: "Incidents" },
  },
  {
    path: "/coordination",
    right: "policy.read",
    shortcut: "goCoordination",
    text: /*i18n*/ { id: "page.coordination", message: "Coordination" },
  },
  {
    path: "/tasks",
    right: "tasks.work",
    shortcut: "goTasks",
    text: /*i18n*/ { id: "page.tasks", message: "My tasks" },
  },
  {
    path: "/reports",
    right: ["metrics.read", "incidents.read"],
    shortcut: "goReports",
    text: /*i18n*/ { id: "page.reports", message: "Reports" },
  },
  {
    path: "/duty",
    right: "duty.read",
    shortcut: "goDuty",
    text: /*i18n*/ { id: "page.duty", message: "Duty" },
  },
  {
    path: "/rules",
    right: "rules.read",
    shortcut: "goRules",
    text: /*i18n*/ { id: "page.rules", message: "Rules" },
  },
  {
    path: "/held-back",
    right: "alerts.read",
    shortcut: "goHeldBack",
    text: /*i18n*/ { id: "page.heldBack", message: "Held back" },
  },
  {
    path: "/audit",
    right: "audit.read",
    shortcut: "goAudit",
    text: /*i18n*/ { id: "page.audit", message: "Audit" },
  },
  {
    path: "/administration",
    right: "organisation.read",
    shortcut: "goAdministration",
    text: /*i18n*/ { id: "page.administration", message: "Administration" },
  },
  {
    path: "/help",
    shortcut: "goHelp",
    text: /*i18n*/ { id: "page.help", message: "Help" },
    isAside: true,
  },
] as const satisfies readonly Entry[];

export type PageEntry = (typeof PAGES)[number];

/** Whether the header names it in its row. */
export function isInRow(page: Entry): boolean {
  return page.isAside !== true;
}

export function mayOpen(page: Entry, rights: readonly string[]): boolean {
  if (page.right === undefined) return true;
  return [page.right].flat().some((right) => rights.includes(right));
}
