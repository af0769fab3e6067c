import { useLingui } from "@lingui/react/macro";
import { Button, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAct } from "../act/useAct";
import { Choice } from "../shell/Choice";
import { Dialog } from "../shell/Dialog";
import { useNow } from "../time/now";
import classes from "./EditDialog.module.css";
import type { Edit } from "./edit";
import { Preview } from "./Preview";
import { previewQuery } from "./queries";
import { useDraft } from "./useDraft";
import { useEditWords } from "./useEditWords";
import { useSend } from "./useSend";

interface EditDialogProps {
  readonly edit: Edit;
  readonly onClose: () => void;
}

/** An edit of the rota: what is asked for, and before it is sent what it would change. */
export function EditDialog({ edit, onClose }: EditDialogProps) {
  const { t } = useLingui();
  const nowUs = useNow() * 1e6;
  const draft = useDraft(edit, Math.floor(nowUs / 60e6) * 60e6);
  const { act, isActing } = useAct();
  const send = useSend(draft);
  const words = useEditWords(edit.kind);
  const [isSent, setSent] = useState(false);
  const preview = useQuery(previewQuery(isSent ? undefined : draft.body));
  const needsReason = edit.kind !== "sick";
  const isReady = draft.body !== undefined && preview.isSuccess && (!needsReason || draft.reason.trim() !== "");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!isReady || isActing) return;
    setSent(true);
    if (await act(send, { done: words.done, refresh: [["duty"]] })) onClose();
    else setSent(false);
  };
  return (
    <Dialog isOpen onClose={onClose} title={words.title} size="38rem">
      <form className={classes.form} onSubmit={(event) => void submit(event)}>
        <p className={classes.lead}>{words.lead}</p>
        {draft.choices.map((choice) => (
          <Choice key={choice.label} {...choice} />
        ))}
        {draft.isTimed && (
          <div className={classes.times}>
            <TextInput
              type="datetime-local"
              label={t`From (Vietnam time)`}
              value={draft.start}
              onChange={(event) => draft.setStart(event.currentTarget.value)}
              required
              withAsterisk={false}
            />
            <TextInput
              type="datetime-local"
              label={t`To (Vietnam time)`}
              value={draft.end}
              onChange={(event) => draft.setEnd(event.currentTarget.value)}
              required
              withAsterisk={false}
            />
          </div>
        )}
        <Textarea
          label={needsReason ? t`Reason` : t`Reason (may be left empty; what somebody has is nobody's business)`}
          value={draft.reason}
          onChange={(event) => draft.setReason(event.currentTarget.value)}
          autosize={false}
          rows={2}
          maxLength={1000}
          required={needsReason}
          withAsterisk={false}
        />
        <Preview query={preview} isWhole={draft.body !== undefined} />
        <footer className={classes.buttons}>
          <Button type="submit" disabled={!isReady} loading={isActing}>
            {words.send}
          </Button>
          <Button variant="default" onClick={onClose}>{t`Leave it`}</Button>
        </footer>
      </form>
    </Dialog>
  );
}
