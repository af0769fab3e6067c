/** What the timeline draws: marks in lanes, made from what happened to the incident and from its alerts. */
import type { TimelineAlert, TimelineEntry } from "../api/names";
import { inLanguage } from "../language/language";
import { formatLocal } from "../time/format";
import type { LanesBy } from "./search";

/** What kind of thing a mark is; each has a lane of its own when lanes are kinds. */
export const SORTS = ["alert", "step", "duty", "approval", "work", "words", "trace", "link"] as const;
export type Sort = (typeof SORTS)[number];

export interface Mark {
  /** What a pin names: the object, and when, since one object may be told of several times. */
  readonly id: string;
  readonly sort: Sort;
  readonly atUs: number;
  /** Where an alert ends; what people did has no length. */
  readonly endUs: number;
  readonly text: string;
  readonly body: string | null;
  readonly who: string;
  readonly reference: string;
  /** 1 to 4 of an alert; undefined of what people did. */
  readonly severity: number | undefined;
  readonly hosts: readonly string[];
  readonly sources: readonly string[];
  /** False: a source of events had a gap while this happened. */
  readonly isComplete: boolean;
}

const SORT_OF: Readonly<Record<string, Sort>> = {
  transition: "step",
  change: "step",
  revision: "step",
  assignment: "step",
  link: "link",
  unlink: "link",
  obligation: "duty",
  obligation_sent: "duty",
  obligation_ended: "duty",
  notice: "duty",
  approval: "approval",
  approval_ended: "approval",
  comment: "words",
  comment_withdrawn: "words",
  work: "work",
  observable: "trace",
};

export function marksOf(
  entries: readonly TimelineEntry[],
  alerts: readonly TimelineAlert[],
  language: string,
  fieldWord: (name: string) => string = (name) => name,
): readonly Mark[] {
  const deeds = entries.map(
    (entry): Mark => ({
      id: `${entry.reference}@${entry.at_us}`,
      // A kind that this page does not know yet is a step of the case: shown, never dropped.
      sort: SORT_OF[entry.kind] ?? "step",
      atUs: entry.at_us,
      endUs: entry.at_us,
      text: inLanguage(entry.text, language) ?? entry.kind,
      body: entry.body === null ? null : inWords(entry.body, fieldWord),
      who: [entry.actor_brief, entry.second]
        .flatMap((person) => (person ? [inLanguage(person.name, language) ?? person.id] : []))
        .join(", "),
      reference: entry.reference,
      severity: undefined,
      hosts: [],
      sources: [],
      isComplete: true,
    }),
  );
  const hits = alerts.map(
    (alert): Mark => ({
      id: `alert/${alert.id}`,
      sort: "alert",
      atUs: alert.first_us,
      endUs: Math.max(alert.first_us, alert.last_us),
      text: inLanguage(alert.title, language) ?? alert.id,
      body: [alert.sources.join(", "), alert.hosts.join(", ")].filter((part) => part !== "").join(" → ") || null,
      who: "",
      reference: `group/${alert.group}`,
      severity: alert.severity,
      hosts: alert.hosts,
      sources: alert.sources,
      isComplete: alert.is_complete,
    }),
  );
  return [...deeds, ...hits].sort((a, b) => a.atUs - b.atUs || (a.id < b.id ? -1 : 1));
}

const FIELD = /^([a-z_]{1,32}): (.*)$/gm;
const TIME = /^\d{15,17}$/;

/** What was filled in, `field: value` a line, with the field's word; a time in microseconds as people read it. */
export function inWords(body: string, fieldWord: (name: string) => string): string {
  return body.replace(FIELD, (_, name: string, value: string) => {
    const shown = name.endsWith("_us") && TIME.test(value) ? formatLocal(Number(value)) : value;
    return `${fieldWord(name)}: ${shown}`;
  });
}

export interface Lane {
  /** A sort, the name of a host or source, or one of the two below. */
  readonly key: string;
  readonly marks: readonly Mark[];
}

/** The lane of what people did, when lanes are machines; and the one of alerts that name none. */
export const DEEDS = "\u0000deeds";
export const NOBODY = "\u0000nobody";
/** The lane of all machines beyond the ones drawn. */
export const OTHERS = "\u0000others";
/** Lanes of machines that are drawn; the busiest. */
export const MOST_LANES = 12;

export function lanesOf(marks: readonly Mark[], by: LanesBy): readonly Lane[] {
  const lanes = new Map<string, Mark[]>();
  for (const mark of marks) {
    const key = keyOf(mark, by);
    const lane = lanes.get(key);
    if (lane) lane.push(mark);
    else lanes.set(key, [mark]);
  }
  if (by === "kind") return SORTS.flatMap((key) => (lanes.has(key) ? [{ key, marks: lanes.get(key) ?? [] }] : []));
  const named = [...lanes].filter(([key]) => key !== DEEDS).sort(([, a], [, b]) => b.length - a.length);
  const rest = named.slice(MOST_LANES).flatMap(([, few]) => few);
  const drawn = named.slice(0, MOST_LANES).map(([key, found]) => ({ key, marks: found }));
  const others = rest.length > 0 ? [{ key: OTHERS, marks: rest.sort((a, b) => a.atUs - b.atUs) }] : [];
  const deeds = lanes.get(DEEDS);
  return [...drawn, ...others, ...(deeds ? [{ key: DEEDS, marks: deeds }] : [])];
}

function keyOf(mark: Mark, by: LanesBy): string {
  if (by === "kind") return mark.sort;
  if (mark.sort !== "alert") return DEEDS;
  return (by === "host" ? mark.hosts[0] : mark.sources[0]) ?? NOBODY;
}
