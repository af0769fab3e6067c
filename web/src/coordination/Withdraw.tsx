import { useLingui } from "@lingui/react/macro";
import { Button, Textarea } from "@mantine/core";
import { useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import type { PolicyVersion } from "../api/names";
import { Card } from "../shell/Card";
import classes from "./Sign.module.css";

/** Gives up a version that is not in force; it does not come back. */
export function Withdraw({ version }: { readonly version: PolicyVersion }) {
  const { t } = useLingui();
  const { act, isActing } = useAct();
  const [reason, setReason] = useState("");
  return (
    <Card id="withdraw" title={t`Withdraw this version`}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          const { sha256 } = version;
          void act(
            () =>
              answerOf(
                api.POST("/api/v1/policy/versions/{sha256}/withdrawal", {
                  params: { path: { sha256 } },
                  body: { reason: reason.trim() },
                }),
              ),
            { done: t`The version is withdrawn`, refresh: [["policy"]] },
          );
        }}
      >
        <Textarea
          label={t`Reason`}
          description={t`It cannot be signed any more afterwards, and does not come back.`}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          rows={2}
          maxLength={2000}
        />
        <Button type="submit" variant="default" disabled={reason.trim() === "" || isActing}>
          {t({ message: "Withdraw", context: "version of the rules" })}
        </Button>
      </form>
    </Card>
  );
}
