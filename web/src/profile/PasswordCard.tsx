import { useLingui } from "@lingui/react/macro";
import { Button, PasswordInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, doneOf } from "../api/client";
import { Card } from "../shell/Card";
import { useErrorText, useNotices } from "../shell/Notices";
import classes from "./Profile.module.css";

const SHORTEST = 12;
const EMPTY = { current: "", fresh: "", again: "" };

export function PasswordCard({ account }: { readonly account: string }) {
  const { t } = useLingui();
  const errorText = useErrorText();
  const { announce } = useNotices();
  const [words, setWords] = useState(EMPTY);
  const change = useMutation({
    mutationFn: () =>
      doneOf(api.PUT("/api/v1/session/password", { body: { current: words.current, new: words.fresh } })),
    onSuccess: () => {
      setWords(EMPTY);
      announce(t`Password changed`);
    },
  });
  const isShort = words.fresh !== "" && [...words.fresh].length < SHORTEST;
  const differs = words.again !== "" && words.again !== words.fresh;
  const isReady = words.current !== "" && !isShort && words.fresh !== "" && words.again === words.fresh;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isReady && !change.isPending) change.mutate();
  };
  const field = (name: keyof typeof EMPTY) => ({
    value: words[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setWords((all) => ({ ...all, [name]: value }));
      change.reset();
    },
    maxLength: 1024,
    required: true,
    withAsterisk: false,
    visibilityToggleButtonProps: { "aria-label": t`Show or hide the password` },
  });
  return (
    <Card id="password" title={t`Password`}>
      <form className={classes.form} onSubmit={submit} aria-busy={change.isPending}>
        {/* Password managers file the new password under the account that stands in the form. */}
        <input type="text" name="username" autoComplete="username" value={account} readOnly hidden />
        <PasswordInput
          {...field("current")}
          label={t`Current password`}
          autoComplete="current-password"
          error={change.isError ? errorText(change.error) : undefined}
        />
        <PasswordInput
          {...field("fresh")}
          label={t`New password`}
          description={t`At least 12 characters; a sentence you remember is best. Not the account's name.`}
          autoComplete="new-password"
          error={isShort ? t`Fewer than 12 characters` : undefined}
        />
        <PasswordInput
          {...field("again")}
          label={t`New password, again`}
          autoComplete="new-password"
          error={differs ? t`Not the same as above` : undefined}
        />
        <div className={classes.row}>
          <Button type="submit" loading={change.isPending} disabled={!isReady}>
            {t`Change`}
          </Button>
          {change.isSuccess && <span role="status">{t`Changed. Your sessions on other browsers have ended.`}</span>}
        </div>
      </form>
    </Card>
  );
}
