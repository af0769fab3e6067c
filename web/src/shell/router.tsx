import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { readAdministrationSearch } from "../administration/search";
import { readAuditSearch } from "../audit/search";
import { readCaseSearch } from "../coordination/caseSearch";
import { readRulesSearch, readVersionSearch } from "../coordination/rulesSearch";
import { readDutySearch } from "../duty/search";
import { readIncidentSearch, readIncidentsSearch } from "../incident/search";
import { wholeLanguage } from "../language/language";
import { QueuePage } from "../queue/QueuePage";
import { type QueueSearch, readSearch } from "../queue/search";
import { readRulesSearch as readDetectionSearch, readRuleSearch } from "../rules/search";
import { LogInPage } from "../session/LogInPage";
import { sessionQuery } from "../session/session";
import { isLedToFirstRun } from "../setup/leading";
import { readTimelineSearch } from "../timeline/search";
import { PageFailed } from "./PageFailed";
import { mayOpen, PAGES } from "./pages";
import { Shell } from "./Shell";
import { UnknownPage } from "./UnknownPage";

interface RouterContext {
  readonly queries: QueryClient;
}

export interface LogInSearch {
  readonly next?: string | undefined;
}

export interface AlertSearch extends QueueSearch {
  readonly alert?: string | undefined;
}

/** Only a path of our own: a link to the log-in page must not lead elsewhere afterwards. */
export function ownPath(next: unknown): string | undefined {
  return typeof next === "string" && /^\/(?![/\\])/.test(next) ? next : undefined;
}

const root = createRootRouteWithContext<RouterContext>()({
  notFoundComponent: UnknownPage,
  errorComponent: PageFailed,
});

const logIn = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (raw: Record<string, unknown>): LogInSearch => ({ next: ownPath(raw.next) }),
  component: LogInPage,
});

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.ensureQueryData(sessionQuery);
    if (!session) throw redirect({ to: "/login", search: { next: location.href }, replace: true });
    // The queue and the shell have their words from the start; the others follow while somebody reads.
    if (location.pathname !== "/queue") await wholeLanguage();
    else void wholeLanguage().catch(() => undefined); // asked again before the page that needs it
  },
  component: Shell,
});

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  beforeLoad: async ({ context }) => {
    // Whoever may not see the queue begins at the first page of the menu that they may.
    const session = await context.queries.ensureQueryData(sessionQuery);
    if (session && (await isLedToFirstRun(context.queries, session)))
      throw redirect({ to: "/first-run", replace: true });
    const first = PAGES.find((page) => mayOpen(page, session?.rights ?? []));
    throw redirect({ to: first?.path ?? "/profile", replace: true });
  },
});

const queue = createRoute({
  getParentRoute: () => shell,
  path: "/queue",
  validateSearch: readSearch,
  component: QueuePage,
});

const alert = createRoute({
  getParentRoute: () => shell,
  path: "/alerts/$groupId",
  validateSearch: (raw: Record<string, unknown>): AlertSearch => ({
    ...readSearch(raw),
    alert: typeof raw.alert === "string" && /^[0-9a-f]{32}$/.test(raw.alert) ? raw.alert : undefined,
  }),
  component: lazyRouteComponent(() => import("../alert/AlertPage"), "AlertPage"),
});

const heldBack = createRoute({
  getParentRoute: () => shell,
  path: "/held-back",
  component: lazyRouteComponent(() => import("../heldBack/HeldBackPage"), "HeldBackPage"),
});

const rules = createRoute({
  getParentRoute: () => shell,
  path: "/rules",
  validateSearch: readDetectionSearch,
  component: lazyRouteComponent(() => import("../rules/DetectionRulesPage"), "DetectionRulesPage"),
});

const rule = createRoute({
  getParentRoute: () => shell,
  path: "/rules/$name",
  validateSearch: readRuleSearch,
  component: lazyRouteComponent(() => import("../rules/RulePage"), "RulePage"),
});

const incidents = createRoute({
  getParentRoute: () => shell,
  path: "/incidents",
  validateSearch: readIncidentsSearch,
  component: lazyRouteComponent(() => import("../incident/IncidentsPage"), "IncidentsPage"),
});

const incident = createRoute({
  getParentRoute: () => shell,
  path: "/incidents/$incidentId",
  validateSearch: readIncidentSearch,
  component: lazyRouteComponent(() => import("../incident/IncidentPage"), "IncidentPage"),
});

const profile = createRoute({
  getParentRoute: () => shell,
  path: "/profile",
  component: lazyRouteComponent(() => import("../profile/ProfilePage"), "ProfilePage"),
});

const audit = createRoute({
  getParentRoute: () => shell,
  path: "/audit",
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import("../audit/AuditPage"), "AuditPage"),
});

const coordination = createRoute({
  getParentRoute: () => shell,
  path: "/coordination",
  validateSearch: readRulesSearch,
  component: lazyRouteComponent(() => import("../coordination/RulesPage"), "RulesPage"),
});

const who = createRoute({
  getParentRoute: () => shell,
  path: "/coordination/who",
  validateSearch: readCaseSearch,
  component: lazyRouteComponent(() => import("../coordination/WhoPage"), "WhoPage"),
});

const administration = createRoute({
  getParentRoute: () => shell,
  path: "/administration",
  validateSearch: readAdministrationSearch,
  component: lazyRouteComponent(() => import("../administration/AdministrationPage"), "AdministrationPage"),
});

const incidentTimeline = createRoute({
  getParentRoute: () => shell,
  path: "/incidents/$incidentId/timeline",
  validateSearch: readTimelineSearch,
  component: lazyRouteComponent(() => import("../timeline/TimelinePage"), "TimelinePage"),
});

const tasks = createRoute({
  getParentRoute: () => shell,
  path: "/tasks",
  component: lazyRouteComponent(() => import("../casework/OwnTasksPage"), "OwnTasksPage"),
});

const reports = createRoute({
  getParentRoute: () => shell,
  path: "/reports",
  component: lazyRouteComponent(() => import("../reports/ReportsPage"), "ReportsPage"),
});

const duty = createRoute({
  getParentRoute: () => shell,
  path: "/duty",
  validateSearch: readDutySearch,
  component: lazyRouteComponent(() => import("../duty/DutyPage"), "DutyPage"),
});

const versions = createRoute({
  getParentRoute: () => shell,
  path: "/coordination/versions",
  component: lazyRouteComponent(() => import("../coordination/VersionsPage"), "VersionsPage"),
});

const version = createRoute({
  getParentRoute: () => shell,
  path: "/coordination/versions/$sha256",
  component: lazyRouteComponent(() => import("../coordination/VersionPage"), "VersionPage"),
});

const draft = createRoute({
  getParentRoute: () => shell,
  path: "/coordination/draft",
  component: lazyRouteComponent(() => import("../coordination/DraftPage"), "DraftPage"),
});

const simulation = createRoute({
  getParentRoute: () => shell,
  path: "/coordination/simulation",
  validateSearch: readVersionSearch,
  component: lazyRouteComponent(() => import("../coordination/SimulationPage"), "SimulationPage"),
});

const help = createRoute({
  getParentRoute: () => shell,
  path: "/help",
  component: lazyRouteComponent(() => import("../help/HelpPage"), "HelpPage"),
});

const firstRun = createRoute({
  getParentRoute: () => shell,
  path: "/first-run",
  component: lazyRouteComponent(() => import("../setup/FirstRunPage"), "FirstRunPage"),
});

const tree = root.addChildren([
  logIn,
  shell.addChildren([
    home,
    queue,
    alert,
    incidents,
    incident,
    incidentTimeline,
    tasks,
    reports,
    duty,
    heldBack,
    rules,
    rule,
    profile,
    audit,
    coordination,
    who,
    administration,
    versions,
    version,
    draft,
    simulation,
    help,
    firstRun,
  ]),
]);

export function createPageRouter(queries: QueryClient) {
  return createRouter({ routeTree: tree, context: { queries }, defaultPendingMinMs: 0, defaultPreload: false });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createPageRouter>;
  }
}
