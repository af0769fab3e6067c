import { useLingui } from "@lingui/react/macro";
import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { answerOf, api } from "../api/client";
import type { SecondFactorSecret } from "../api/names";
import { Icon } from "../shell/Icon";
import { useErrorText } from "../shell/Notices";
import classes from "./Profile.module.css";
import { Qr } from "./Qr";

interface SetUpProps {
  /** The recovery codes, which nobody can read again. */
  readonly onConfirmed: (codes: readonly string[]) => void;
}

/** Password, secret, first code: the second factor comes into use with the third step and not before. */
export function SetUp({ onConfirmed }: SetUpProps) {
  const { t } = useLingui();
  const [secret, setSecret] = useState<SecondFactorSecret>();
  return (
    <>
      <p className={classes.state}>
        <Icon name="warn" />
        {t`Not set up yet`}
      </p>
      {secret ? <FirstCode secret={secret} onConfirmed={onConfirmed} /> : <Begin onBegun={setSecret} />}
    </>
  );
}

function Begin({ onBegun }: { readonly onBegun: (secret: SecondFactorSecret) => void }) {
  const { t } = useLingui();
  const errorText = useErrorText();
  const [password, setPassword] = useState("");
  const begin = useMutation({
    mutationFn: () => answerOf(api.POST("/api/v1/session/second-factor", { body: { password } })),
    onSuccess: onBegun,
    onError: () => setPassword(""),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (password !== "" && !begin.isPending) begin.mutate();
  };
  return (
    <form className={classes.form} onSubmit={submit} aria-busy={begin.isPending}>
      <p className={classes.note}>
        {t`Approving, sending out of the city, exporting and handing over evidence ask for a code of your telephone. You need an authenticator app on it; it needs no internet.`}
      </p>
      <PasswordInput
        label={t`Your password, once more`}
        description={t`So that a session left open is not enough to set it up.`}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={begin.isError ? errorText(begin.error) : undefined}
        autoComplete="current-password"
        maxLength={1024}
        required
        withAsterisk={false}
        visibilityToggleButtonProps={{ "aria-label": t`Show or hide the password` }}
      />
      <div className={classes.row}>
        <Button type="submit" loading={begin.isPending} disabled={password === ""}>
          {t`Set up`}
        </Button>
      </div>
    </form>
  );
}

interface FirstCodeProps extends SetUpProps {
  readonly secret: SecondFactorSecret;
}

function FirstCode({ secret, onConfirmed }: FirstCodeProps) {
  const { t } = useLingui();
  const errorText = useErrorText();
  const field = useRef<HTMLInputElement>(null);
  const [code, setCode] = useState("");
  const confirm = useMutation({
    mutationFn: () => answerOf(api.PUT("/api/v1/session/second-factor", { body: { code: code.trim() } })),
    onSuccess: ({ codes }) => onConfirmed(codes),
    onError: () => setCode(""),
  });
  useEffect(() => field.current?.focus(), []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (code.trim().length >= 6 && !confirm.isPending) confirm.mutate();
  };
  return (
    <div className={classes.setUp}>
      <Qr text={secret.uri} label={t`QR code of the secret; the same as text stands beside it`} />
      <form className={classes.steps} onSubmit={submit} aria-busy={confirm.isPending}>
        <p>{t`1. Scan the code with the authenticator, or type this secret into it (time-based, 6 digits, 30 seconds):`}</p>
        <code className={classes.secret} data-secret>
          {inFours(secret.secret)}
        </code>
        <TextInput
          ref={field}
          label={t`2. The six digits that it shows now`}
          description={t`The second factor comes into use with this code. The secret is not shown again.`}
          error={confirm.isError ? errorText(confirm.error) : undefined}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          autoComplete="one-time-code"
          inputMode="numeric"
          spellCheck={false}
          maxLength={12}
          required
          withAsterisk={false}
        />
        <div className={classes.row}>
          <Button type="submit" loading={confirm.isPending} disabled={code.trim().length < 6}>
            {t`Put in use`}
          </Button>
        </div>
      </form>
    </div>
  );
}

/** As somebody types it into a telephone. */
function inFours(secret: string): string {
  return secret.replaceAll(/(.{4})(?=.)/g, "$1 ");
}
