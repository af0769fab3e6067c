import { useLingui } from "@lingui/react/macro";
import { Button, Textarea } from "@mantine/core";
import { useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import type { PolicyVersion } from "../api/names";
import { Card } from "../shell/Card";
import { readSignature } from "./readSignature";
import classes from "./Sign.module.css";

/** Hands in a signature that was made where the key is; the key never comes here. */
export function SignKey({ version }: { readonly version: PolicyVersion }) {
  const { t } = useLingui();
  const { act, isActing } = useAct();
  const [text, setText] = useState("");
  const found = readSignature(text, version.sha256);
  const { short } = version;
  const send = async (): Promise<void> => {
    if (!found) return;
    const isDone = await act(
      () =>
        answerOf(
          api.POST("/api/v1/policy/versions/{sha256}/signatures", {
            params: { path: { sha256: version.sha256 } },
            body: found,
          }),
        ),
      { done: t`The signature is handed in`, refresh: [["policy"]] },
    );
    if (isDone) setText("");
  };
  return (
    <Card id="sign-key" title={t`Sign with your key`} aside={t`second factor`}>
      <ol className={classes.how}>
        <li>{t`Read these rules and compare the hash with the other party: ${short}.`}</li>
        <li>
          {t`On the machine that holds your key:`} <code>{COMMAND}</code>
        </li>
        <li>{t`Paste what it wrote into signatures.yaml here. Only your own signature over this hash is taken.`}</li>
      </ol>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Textarea
          label={t`Signature`}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          rows={6}
          maxLength={20_000}
          spellCheck={false}
          error={text.trim() !== "" && !found ? t`No whole signature over this hash is in this text.` : undefined}
        />
        <Button type="submit" disabled={!found || isActing}>
          {t`Hand in the signature`}
        </Button>
      </form>
    </Card>
  );
}

const COMMAND = "khien policy sign …";
