import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import { useRight } from "../session/useRights";
import { Ask, type Asked } from "./Ask";
import classes from "./Casework.module.css";

interface SecondPartyProps {
  readonly incidentId: string;
  readonly approval: number;
}

/** An act that waits for the second party, and the two answers of somebody who may be that party. */
export function SecondParty({ incidentId, approval }: SecondPartyProps) {
  const { t } = useLingui();
  const mayAnswer = useRight("approvals.give");
  const [asked, setAsked] = useState<Asked>();
  const { act, isActing } = useAct();
  const params = { path: { approval_id: approval } };
  const refresh = [["incident", incidentId]];
  const deny = (): void =>
    setAsked({
      title: t`Refuse`,
      fields: [{ name: "reason", kind: "words", label: t`Reason` }],
      send: t`Refuse`,
      onSend: ({ reason = "" }) =>
        void act(() => answerOf(api.POST("/api/v1/approvals/{approval_id}/deny", { params, body: { reason } })), {
          done: t`Refused`,
          refresh,
        }),
    });
  return (
    <>
      <p className={classes.line}>
        <span className={classes.mark} data-tone="warn">
          {t`Waits for the second party`}
        </span>
      </p>
      {mayAnswer && (
        <p className={classes.acts}>
          <button
            type="button"
            className={classes.act}
            disabled={isActing}
            onClick={() =>
              void act(() => answerOf(api.POST("/api/v1/approvals/{approval_id}/grant", { params })), {
                done: t`Agreed`,
                refresh,
              })
            }
          >
            {t`Agree as the second party`}
          </button>
          <button type="button" className={classes.act} disabled={isActing} onClick={deny}>
            {t`Refuse`}
          </button>
        </p>
      )}
      <Ask asked={asked} onClose={() => setAsked(undefined)} />
    </>
  );
}
