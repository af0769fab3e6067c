/** What a person does with a group: the request, and what the row will look like when it is granted. */
import { answerOf, api, idempotencyKey } from "../api/client";
import type { GroupDetail, GroupRow, PersonBrief, SuppressionScope, Verdict } from "../api/names";

export type Act =
  | { readonly kind: "take" }
  | { readonly kind: "close"; readonly verdict: Verdict; readonly note: string | undefined }
  | { readonly kind: "hand_over"; readonly to: PersonBrief | undefined; readonly reason: string }
  | {
      readonly kind: "suppress";
      readonly reason: string;
      readonly scope: SuppressionScope;
      readonly untilUs: number;
    }
  | { readonly kind: "reopen"; readonly reason: string }
  | { readonly kind: "escalate"; readonly to: PersonBrief; readonly reason: string }
  | { readonly kind: "note"; readonly text: string };

/** Asks the server to do it; the key makes a repeated request harmless. */
export function perform(row: GroupRow, act: Act): Promise<GroupDetail> {
  const params = { path: { group_id: row.id }, header: { "Idempotency-Key": idempotencyKey() } };
  const version = row.version;
  switch (act.kind) {
    case "take":
      return answerOf(api.POST("/api/v1/groups/{group_id}/take", { params, body: { version } }));
    case "close":
      return answerOf(
        api.POST("/api/v1/groups/{group_id}/close", {
          params,
          body: { version, verdict: act.verdict, ...(act.note ? { note: act.note } : {}) },
        }),
      );
    case "hand_over":
      return answerOf(
        api.POST("/api/v1/groups/{group_id}/hand-over", {
          params,
          body: { version, reason: act.reason, ...(act.to ? { to: act.to.id } : {}) },
        }),
      );
    case "suppress":
      return answerOf(
        api.POST("/api/v1/groups/{group_id}/suppress", {
          params,
          body: { version, reason: act.reason, scope: act.scope, until_us: act.untilUs },
        }),
      );
    case "reopen":
      return answerOf(api.POST("/api/v1/groups/{group_id}/reopen", { params, body: { version, reason: act.reason } }));
    case "escalate":
      return answerOf(
        api.POST("/api/v1/groups/{group_id}/escalate", {
          params,
          body: { version, reason: act.reason, to: act.to.id },
        }),
      );
    case "note":
      return answerOf(api.POST("/api/v1/groups/{group_id}/note", { params, body: { text: act.text } }));
  }
}

export function takeBack(groupId: string, version: number): Promise<GroupDetail> {
  const params = { path: { group_id: groupId }, header: { "Idempotency-Key": idempotencyKey() } };
  return answerOf(api.POST("/api/v1/groups/{group_id}/undo", { params, body: { version } }));
}

/** What the row becomes if the server agrees; what only the server knows is left as it is. */
export function expected(act: Act, me: PersonBrief): Partial<GroupRow> {
  const stopped = { acknowledge_due_us: null, acknowledge_overdue: false, is_unattended: false };
  switch (act.kind) {
    case "take":
      return { state: "taken", assignee: me, ...stopped };
    case "close":
      return { state: "closed", verdict: act.verdict, ...stopped };
    case "hand_over":
      return act.to ? { state: "new", assignee: act.to } : {};
    case "suppress":
      return { state: "suppressed", ...stopped };
    case "reopen":
      return { state: "new", verdict: null, is_returned: true };
    case "escalate":
      return { state: "new", assignee: act.to };
    case "note":
      return {};
  }
}

/** A note changes no state, so there is nothing to take back. */
export function canBeUndone(act: Act): boolean {
  return act.kind !== "note";
}

const AT_ONCE = 4;

/** Runs one task per item, a few at a time, and keeps the order of the results. */
export async function eachOf<T, R>(
  items: readonly T[],
  task: (item: T) => Promise<R>,
): Promise<readonly PromiseSettledResult<R>[]> {
  const results: PromiseSettledResult<R>[] = new Array(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index] as T; // index < length
      try {
        results[index] = { status: "fulfilled", value: await task(item) };
      } catch (reason) {
        results[index] = { status: "rejected", reason };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
