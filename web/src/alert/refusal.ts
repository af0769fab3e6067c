import type { GroupDetail } from "../api/names";
import type { ShortcutIdIn } from "../keyboard/registry";
import { inLanguage } from "../language/language";

type Action = GroupDetail["actions"][number]["action"];

const ACTIONS: Readonly<Record<ShortcutIdIn<"triage">, Action | undefined>> = {
  menu: undefined,
  acknowledge: "take",
  toMe: "take",
  handOver: "hand_over",
  suppress: "suppress",
  note: "note",
  incident: "link",
  escalate: "escalate",
  "verdict.truePositive": "close",
  "verdict.expected": "close",
  "verdict.falsePositive": "close",
  "verdict.duplicate": "close",
};

/** Why the server would refuse this act now; undefined when it is open. */
export function refusalOf(detail: GroupDetail, id: ShortcutIdIn<"triage">, language: string): string | undefined {
  const act = detail.actions.find((each) => each.action === ACTIONS[id]);
  if (!act || act.allowed) return undefined;
  return inLanguage(act.reason ?? undefined, language) ?? "–";
}
