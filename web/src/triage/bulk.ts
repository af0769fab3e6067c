/** Acts on many groups at once: the server counts exactly, and touches exactly what it counted. */
import { answerOf, api } from "../api/client";
import type { BulkOutcome, BulkPreview, BulkQuery, BulkRequest, BulkState, QueueQuery } from "../api/names";
import type { Act } from "./acts";

/** What a bulk act is about: rows by id, or whatever the server finds for a view. */
export type BulkSelection =
  | { readonly kind: "ids"; readonly ids: readonly string[] }
  | { readonly kind: "query"; readonly query: QueueQuery };

/** Up to so many are done at once, with undo; above that a person says so first. */
export const AT_ONCE = 50;

/** The view of the queue as a body: what orders and pages it is not part of what it holds. */
export function bulkQuery(query: QueueQuery): BulkQuery {
  const {
    sort: _sort,
    group_by: _by,
    after: _after,
    limit: _limit,
    tab,
    dataset,
    severity,
    state,
    life,
    ...rest
  } = query;
  return {
    tab: tab ?? "team",
    dataset: dataset ?? ["live"],
    severity: severity ?? [],
    state: state ?? [],
    life: life ?? [],
    ...rest,
  };
}

/** The act as the server takes it; undefined for what is only done one by one. */
export function bulkRequest(act: Act, selection: BulkSelection): BulkRequest | undefined {
  const about = {
    selection: selection.kind === "ids" ? { ids: [...selection.ids] } : { query: bulkQuery(selection.query) },
  };
  switch (act.kind) {
    case "take":
      return { ...about, action: "take" };
    case "close":
      return { ...about, action: "close", verdict: act.verdict, ...(act.note ? { reason: act.note } : {}) };
    case "hand_over":
      return { ...about, action: "hand_over", reason: act.reason, ...(act.to ? { to: act.to.id } : {}) };
    case "suppress":
      return { ...about, action: "suppress", reason: act.reason, scope: act.scope, until_us: act.untilUs };
    case "reopen":
      return { ...about, action: "reopen", reason: act.reason };
    case "escalate":
    case "note":
      return undefined;
  }
}

export function previewBulk(body: BulkRequest): Promise<BulkPreview> {
  return answerOf(api.POST("/api/v1/alerts/bulk", { body }));
}

export function applyBulk(token: string): Promise<BulkOutcome> {
  return answerOf(api.POST("/api/v1/alerts/bulk/{token}", { params: { path: { token } } }));
}

export function undoBulk(token: string): Promise<BulkOutcome> {
  return answerOf(api.POST("/api/v1/alerts/bulk/{token}/undo", { params: { path: { token } } }));
}

export function readBulk(token: string): Promise<BulkState> {
  return answerOf(api.GET("/api/v1/alerts/bulk/{token}", { params: { path: { token } } }));
}
