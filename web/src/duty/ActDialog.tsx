import { useLingui } from "@lingui/react/macro";
import { Button, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAct } from "../act/useAct";
import type { PreviewEdit } from "../api/names";
import { Dialog } from "../shell/Dialog";
import classes from "./EditDialog.module.css";
import { Preview } from "./Preview";
import { previewQuery } from "./queries";

/** The next step of a swap, of leave or of a call; `preview`: what it would change, where it changes the rota. */
export interface Step {
  readonly text: string;
  readonly send: (reason: string) => Promise<unknown>;
  readonly preview?: PreviewEdit;
}

interface ActDialogProps {
  readonly step: Step;
  readonly onClose: () => void;
}

export function ActDialog({ step, onClose }: ActDialogProps) {
  const { t } = useLingui();
  const { act, isActing } = useAct();
  const [reason, setReason] = useState("");
  const [isSent, setSent] = useState(false);
  const preview = useQuery(previewQuery(isSent ? undefined : step.preview));
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isActing) return;
    setSent(true);
    const isDone = await act(() => step.send(reason.trim()), { done: step.text, refresh: [["duty"]] });
    if (isDone) onClose();
    else setSent(false);
  };
  return (
    <Dialog isOpen onClose={onClose} title={step.text} size="34rem">
      <form className={classes.form} onSubmit={(event) => void submit(event)}>
        {step.preview && <Preview query={preview} isWhole />}
        <Textarea
          label={t`Reason (may be left empty)`}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          autosize={false}
          rows={2}
          maxLength={1000}
          data-autofocus
        />
        <footer className={classes.buttons}>
          <Button type="submit" loading={isActing} disabled={step.preview !== undefined && !preview.isSuccess}>
            {step.text}
          </Button>
          <Button variant="default" onClick={onClose}>{t`Leave it`}</Button>
        </footer>
      </form>
    </Dialog>
  );
}
