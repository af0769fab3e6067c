/** The part of time on screen: zooming, moving, ticks, and what would lie on top of each other. */
import type { Mark } from "./marks";

export interface View {
  readonly fromUs: number;
  readonly toUs: number;
}

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Nothing is looked at closer than this. */
const CLOSEST_US = 2 * SECOND;
/** Vietnam's days begin here; ticks stand at whole local hours and days. */
const OFFSET_US = 7 * HOUR;
const STEPS = [
  SECOND,
  5 * SECOND,
  15 * SECOND,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
  91 * DAY,
  364 * DAY,
];

/** Everything, with a little room on both sides. */
export function whole(marks: readonly Mark[]): View {
  const from = marks[0]?.atUs ?? 0;
  const to = marks.reduce((last, mark) => Math.max(last, mark.endUs), from);
  const room = Math.max(MINUTE, Math.round((to - from) * 0.03));
  return { fromUs: Math.max(0, from - room), toUs: to + room };
}

/** Closer (factor below 1) or further away, around a point that stays where it is; never beyond the whole. */
export function zoomed(view: View, factor: number, aroundUs: number, bounds: View): View {
  const length = view.toUs - view.fromUs;
  const next = Math.min(bounds.toUs - bounds.fromUs, Math.max(CLOSEST_US, Math.round(length * factor)));
  const share = Math.min(1, Math.max(0, (aroundUs - view.fromUs) / length));
  return within(
    { fromUs: Math.round(aroundUs - next * share), toUs: Math.round(aroundUs - next * share) + next },
    bounds,
  );
}

/** To the side by a share of what is on screen. */
export function moved(view: View, share: number, bounds: View): View {
  const step = Math.round((view.toUs - view.fromUs) * share);
  return within({ fromUs: view.fromUs + step, toUs: view.toUs + step }, bounds);
}

/** The same length, moved only as far as needed to show a time. */
export function showing(view: View, atUs: number, bounds: View): View {
  if (atUs >= view.fromUs && atUs <= view.toUs) return view;
  const half = Math.round((view.toUs - view.fromUs) / 2);
  return within({ fromUs: atUs - half, toUs: atUs + half }, bounds);
}

function within(view: View, bounds: View): View {
  const length = Math.min(view.toUs - view.fromUs, bounds.toUs - bounds.fromUs);
  const fromUs = Math.min(Math.max(view.fromUs, bounds.fromUs), bounds.toUs - length);
  return { fromUs, toUs: fromUs + length };
}

/** Round local times inside the view, at most so many. */
export function ticksOf(view: View, most: number): readonly number[] {
  const length = view.toUs - view.fromUs;
  const step = STEPS.find((each) => length / each <= most) ?? length;
  const first = Math.ceil((view.fromUs + OFFSET_US) / step) * step - OFFSET_US;
  const ticks: number[] = [];
  for (let at = first; at <= view.toUs && ticks.length < most + 1; at += step) ticks.push(at);
  return ticks;
}

export interface Cluster {
  readonly marks: readonly [Mark, ...Mark[]];
  readonly fromUs: number;
  readonly toUs: number;
}

/** Marks of one lane inside the view; those that begin within `apartUs` of each other stand as one. */
export function clustersOf(marks: readonly Mark[], view: View, apartUs: number): readonly Cluster[] {
  const clusters: { marks: [Mark, ...Mark[]]; fromUs: number; toUs: number }[] = [];
  for (const mark of marks) {
    if (mark.endUs < view.fromUs || mark.atUs > view.toUs) continue;
    const last = clusters.at(-1);
    const begins = Math.max(mark.atUs, view.fromUs);
    if (last && begins - Math.max(last.marks[0].atUs, view.fromUs) < apartUs) {
      last.marks.push(mark);
      last.toUs = Math.max(last.toUs, mark.endUs);
    } else clusters.push({ marks: [mark], fromUs: mark.atUs, toUs: mark.endUs });
  }
  return clusters;
}

/** A stretch without anything that is long beside what is on screen: it says so instead of only being empty. */
const QUIET_SHARE = 0.2;
const QUIET_US = 10 * MINUTE;

export function quietsOf(marks: readonly Mark[], view: View): readonly View[] {
  const least = Math.max(QUIET_US, (view.toUs - view.fromUs) * QUIET_SHARE);
  const quiets: View[] = [];
  let endUs = marks[0]?.endUs ?? 0;
  for (const mark of marks) {
    const fromUs = Math.max(endUs, view.fromUs);
    const toUs = Math.min(mark.atUs, view.toUs);
    if (toUs - fromUs >= least) quiets.push({ fromUs, toUs });
    endUs = Math.max(endUs, mark.endUs);
  }
  return quiets;
}

/** Where the data are known to be incomplete: the spans of alerts that say so, joined where they meet. */
export function blindOf(marks: readonly Mark[]): readonly View[] {
  const spans: { fromUs: number; toUs: number }[] = [];
  for (const mark of marks) {
    if (mark.isComplete) continue;
    const last = spans.at(-1);
    if (last && mark.atUs <= last.toUs) last.toUs = Math.max(last.toUs, mark.endUs);
    else spans.push({ fromUs: mark.atUs, toUs: mark.endUs });
  }
  return spans;
}
