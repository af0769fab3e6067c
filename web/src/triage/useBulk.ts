import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useCallback, useEffect, useRef, useState } from "react";
import type { BulkOutcome, BulkPreview, BulkState } from "../api/names";
import { ApiError } from "../api/problem";
import { useErrorText, useNotices } from "../shell/Notices";
import type { Act } from "./acts";
import { AT_ONCE, applyBulk, type BulkSelection, bulkRequest, previewBulk, readBulk, undoBulk } from "./bulk";

/** Where a bulk act stands, as the bar shows it. */
export type BulkStage =
  | { readonly kind: "counting" }
  | { readonly kind: "asking"; readonly preview: BulkPreview; readonly act: Act }
  | { readonly kind: "running"; readonly state: BulkState | undefined; readonly isUndo: boolean }
  | { readonly kind: "over"; readonly outcome: BulkOutcome; readonly isUndo: boolean };

export interface Bulk {
  readonly stage: BulkStage | undefined;
  readonly begin: (act: Act, selection: BulkSelection) => Promise<BulkOutcome | undefined>;
  readonly confirm: () => void;
  readonly dismiss: () => void;
  readonly undo: (token: string) => Promise<BulkOutcome | undefined>;
}

/** A bulk act survives a reload: its token is what remains of it in this tab. */
const STORED = "khien.bulk";
const LOOK_EVERY_MS = 700;

/** Counts, asks where there are many, applies, and says how far it is; `onOver` hears the end of each. */
export function useBulk(onOver: (outcome: BulkOutcome, act: Act | undefined) => void): Bulk {
  const { t } = useLingui();
  const { announce, complain } = useNotices();
  const errorText = useErrorText();
  const [stage, setStage] = useState<BulkStage>();
  const over = useRef(onOver);
  over.current = onOver;

  const watched = useCallback(
    async (token: string, isUndo: boolean, act: Act | undefined): Promise<BulkOutcome | undefined> => {
      sessionStorage.setItem(STORED, token);
      setStage({ kind: "running", state: undefined, isUndo });
      const timer = setInterval(() => {
        readBulk(token).then(
          (state) => setStage((now) => (now?.kind === "running" && state.is_running ? { ...now, state } : now)),
          () => undefined, // the act itself says what went wrong
        );
      }, LOOK_EVERY_MS);
      try {
        const outcome = await (isUndo ? undoBulk(token) : applyBulk(token));
        setStage({ kind: "over", outcome, isUndo });
        over.current(outcome, isUndo ? undefined : act);
        return outcome;
      } catch (error) {
        complain(errorText(error));
        setStage(undefined);
        // Without an answer it may still be going on: the token stays and a reload looks again.
        if (error instanceof ApiError && error.status > 0) sessionStorage.removeItem(STORED);
        return undefined;
      } finally {
        clearInterval(timer);
      }
    },
    [complain, errorText],
  );

  const begin = useCallback(
    async (act: Act, selection: BulkSelection) => {
      const request = bulkRequest(act, selection);
      if (!request) return undefined;
      setStage({ kind: "counting" });
      try {
        const preview = await previewBulk(request);
        if (preview.count === 0) {
          setStage(undefined);
          complain(t`None of them can be changed so: nothing was done`);
          return undefined;
        }
        if (preview.count <= AT_ONCE) return await watched(preview.token, false, act);
        setStage({ kind: "asking", preview, act });
        announce(
          t`${plural(preview.count, { one: "# alert group: Enter does it, Esc leaves it", other: "# alert groups: Enter does it, Esc leaves it" })}`,
        );
      } catch (error) {
        setStage(undefined);
        complain(errorText(error));
      }
      return undefined;
    },
    [announce, complain, errorText, t, watched],
  );

  const confirm = useCallback(() => {
    if (stage?.kind === "asking") void watched(stage.preview.token, false, stage.act);
  }, [stage, watched]);

  const dismiss = useCallback(() => {
    sessionStorage.removeItem(STORED);
    setStage((now) => (now?.kind === "running" ? now : undefined));
  }, []);

  useEffect(() => {
    // A reload in the middle: the server went on; applying the same token again waits for its end and answers the same.
    const token = sessionStorage.getItem(STORED);
    if (!token) return;
    readBulk(token).then(
      (state) => {
        if (state.is_running && !state.outcome) void watched(token, false, undefined);
        else sessionStorage.removeItem(STORED);
      },
      () => sessionStorage.removeItem(STORED),
    );
  }, [watched]);

  return { stage, begin, confirm, dismiss, undo: useCallback((token) => watched(token, true, undefined), [watched]) };
}
