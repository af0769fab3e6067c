import { useLingui } from "@lingui/react/macro";
import { Button, Checkbox, TextInput } from "@mantine/core";
import { useRouterState } from "@tanstack/react-router";
import { type FormEvent, useLayoutEffect, useRef, useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import { useRight } from "../session/useRights";
import classes from "./SavedViews.module.css";

/** A name for the address as it stands. */
export function SaveForm({ onSaved }: { readonly onSaved: () => void }) {
  const { t } = useLingui();
  const address = useRouterState({ select: (state) => state.location.searchStr.replace(/^\?/, "") });
  const mayShare = useRight("alerts.triage");
  const field = useRef<HTMLInputElement>(null);
  // The dialog settled before this form was there.
  useLayoutEffect(() => field.current?.focus(), []);
  const [name, setName] = useState("");
  const [isShared, setShared] = useState(false);
  const { act, isActing } = useAct();
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const body = { name: name.trim(), address, is_shared: isShared };
    const send = (): Promise<unknown> => answerOf(api.PUT("/api/v1/views", { body }));
    if (await act(send, { done: t`The view was saved`, refresh: [["views"]] })) onSaved();
  };
  return (
    <form onSubmit={(event) => void save(event)} className={classes.form}>
      <TextInput
        label={t`Name`}
        description={t`Tab, filter, order, grouping and time are kept. The same name again replaces it.`}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={80}
        required
        withAsterisk={false}
        ref={field}
      />
      {mayShare && (
        <Checkbox
          label={t`For the whole team`}
          checked={isShared}
          onChange={(event) => setShared(event.currentTarget.checked)}
        />
      )}
      <Button type="submit" disabled={name.trim() === "" || isActing}>{t`Save`}</Button>
    </form>
  );
}
