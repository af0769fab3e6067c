import { useRef } from "react";
import { answerOf, api, idempotencyKey } from "../api/client";
import type { Draft } from "./useDraft";

/** Sends exactly what was looked at, with its reason; one key for one dialog, so that a repeated request counts once. */
export function useSend(draft: Draft): () => Promise<unknown> {
  const key = useRef(idempotencyKey());
  return async () => {
    const { body, reason, leaveKind } = draft;
    if (!body) return undefined;
    const header = { "Idempotency-Key": `${key.current}-${await fingerprint({ ...body, reason, leaveKind })}` };
    const params = { header };
    const span = { start_us: body.start_us, end_us: body.end_us };
    const person = body.person ?? null;
    switch (body.kind) {
      case "override":
        return answerOf(
          api.POST("/api/v1/duty/overrides", {
            params,
            body: { ...span, seat: body.seat ?? "", person: person ?? "", mode: body.mode ?? "instead", reason },
          }),
        );
      case "swap":
        return answerOf(
          api.POST("/api/v1/duty/swaps", {
            params,
            body: {
              ...span,
              seat: body.seat ?? "",
              taker: body.taker ?? "",
              reason,
              return_seat: body.return_seat ?? null,
              return_start_us: body.return_start_us ?? null,
              return_end_us: body.return_end_us ?? null,
            },
          }),
        );
      case "leave":
        return answerOf(api.POST("/api/v1/duty/leave", { params, body: { ...span, kind: leaveKind, person, reason } }));
      case "sick":
        return answerOf(api.POST("/api/v1/duty/sick", { params, body: { ...span, person, reason } }));
    }
  };
}

/** A changed form is another act: the server refuses one key with two contents. */
async function fingerprint(value: unknown): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(value)));
  return [...new Uint8Array(digest).slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
