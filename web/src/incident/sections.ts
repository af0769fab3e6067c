/**
 * The parts of an incident, in the order of their tabs; each has its own address (`?part=`). A part is one line here and one lazy
 * component that takes `SectionProps`; whoever lacks its right does not see its tab.
 */
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import type { IncidentDetail } from "../api/names";

/** What every part is given: the incident as it was last read. A part reads what else it needs by `detail.row.id`. */
export interface SectionProps {
  readonly detail: IncidentDetail;
}

interface Section {
  readonly id: string;
  readonly right?: string;
  readonly text: { readonly id: string; readonly message: string };
  readonly Part: LazyExoticComponent<ComponentType<SectionProps>>;
}

function part<Name extends string>(
  read: () => Promise<Record<Name, ComponentType<SectionProps>>>,
  name: Name,
): LazyExoticComponent<ComponentType<SectionProps>> {
  return lazy(async () => ({ default: (await read())[name] }));
}

export const SECTIONS: readonly [Section, ...Section[]] = [
  {
    id: "overview",
    text: /*i18n*/ { id: "incident.part.overview", message: "Overview" },
    Part: part(() => import("./Overview"), "Overview"),
  },
  {
    id: "work",
    text: /*i18n*/ { id: "incident.part.work", message: "Comments and tasks" },
    Part: part(() => import("../casework/Work"), "Work"),
  },
  {
    id: "traces",
    text: /*i18n*/ { id: "incident.part.traces", message: "Observables" },
    Part: part(() => import("../casework/Traces"), "Traces"),
  },
  {
    id: "timeline",
    text: /*i18n*/ { id: "incident.part.timeline", message: "Timeline" },
    Part: part(() => import("../timeline/ShortTimeline"), "ShortTimeline"),
  },
  {
    id: "reports",
    right: "reports.read",
    text: /*i18n*/ { id: "incident.part.reports", message: "Reports" },
    Part: part(() => import("../reports/IncidentReports"), "IncidentReports"),
  },
];
