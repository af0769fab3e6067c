/** What a hand-over holds, read from the plain values that both sign. */
import type { HandOverView } from "../api/names";

interface Listed<T> {
  readonly count: number;
  readonly rows: readonly T[];
}

export interface HandOverContent {
  readonly incidents: Listed<{
    id: string;
    title: string;
    state: string;
    severity: string | null;
    assignee: string | null;
  }>;
  readonly due: Listed<{
    id: number;
    incident: string;
    code: string;
    recipient: string;
    due_us: number;
    state: string;
  }>;
  readonly alerts: Listed<{ id: string; title: string; severity: number; state: string; assignee: string }>;
  readonly open_groups: number;
  readonly suppressions: Listed<{ id: string; title: string; until_us: number }>;
  readonly parts_down: readonly { name: string; light: string; vi: string; en: string }[];
  readonly silent: readonly { component: string; received_us: number }[];
  readonly notes: string;
}

const NAMES = ["incidents", "due", "alerts", "open_groups", "suppressions", "parts_down", "silent", "notes"];

/** Nothing when the values are of another version than this page knows: then nobody is shown half of what they sign. */
export function contentOf(handOver: HandOverView): HandOverContent | undefined {
  const { content } = handOver;
  // The server made it (`handing_over.collect`); what is signed is its hash, not this reading of it.
  return NAMES.every((name) => name in content) ? (content as unknown as HandOverContent) : undefined;
}

export type Missing = "nothing" | "you" | "giver" | "taker" | "both" | "not_yours" | "withdrawn";

/** What stands between this hand-over and its end, for whoever looks. */
export function missingOf(handOver: HandOverView, me: string): Missing {
  if (handOver.state === "signed") return "nothing";
  if (handOver.state === "withdrawn") return "withdrawn";
  const signed = new Set(handOver.signatures.map((each) => each.person));
  const parties = [handOver.giver.id, handOver.taker.id];
  if (parties.includes(me) && !signed.has(me)) return "you";
  if (!parties.includes(me) && signed.size === 0) return "both";
  return signed.has(handOver.giver.id) ? "taker" : "giver";
}
