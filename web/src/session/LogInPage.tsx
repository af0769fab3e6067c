import { useLingui } from "@lingui/react/macro";
import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef } from "react";
import { LanguageSwitch } from "../language/LanguageSwitch";
import { setupHintQuery } from "../setup/queries";
import { Brand } from "../shell/Brand";
import { Icon } from "../shell/Icon";
import { useErrorText } from "../shell/Notices";
import { ThemeSwitch } from "../theme/ThemeSwitch";
import classes from "./LogInPage.module.css";
import { logIn, sessionQuery } from "./session";

/** `docs/guide/first-hour.md`; a city that has no such person in its file names role and unit too. */
const FIRST_ADMINISTRATOR = "khien user add sysadmin";

export function LogInPage() {
  const { t } = useLingui();
  const queries = useQueryClient();
  const router = useRouter();
  const { next } = useSearch({ from: "/login" });
  const errorText = useErrorText();
  const session = useQuery(sessionQuery);
  const hint = useQuery({ ...setupHintQuery, enabled: session.data === null });
  const password = useRef<HTMLInputElement>(null);
  const enter = useMutation({
    mutationFn: (form: FormData) =>
      logIn(queries, String(form.get("account") ?? ""), String(form.get("password") ?? "")),
    onError: () => password.current?.select(),
  });
  useEffect(() => {
    document.title = `${t`Log in`} – Khiên`;
  }, [t]);

  const isInside = session.data !== null && session.data !== undefined;
  useEffect(() => {
    if (isInside) router.history.replace(next ?? "/");
  }, [isInside, next, router]);
  if (isInside) return null;
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (!enter.isPending) enter.mutate(new FormData(event.currentTarget));
  };
  return (
    <div className={classes.page}>
      <header>
        <LanguageSwitch />
        <ThemeSwitch />
      </header>
      <main className={classes.card}>
        <Brand />
        <p className={classes.purpose}>{t`Network security monitoring and incident response`}</p>
        <h1 className="unseen">{t`Log in`}</h1>
        {hint.data?.has_administrator === false && (
          <div className={classes.hint} role="status">
            <p>{t`Nobody can administer Khiên yet. Whoever runs the server makes the first administrator there:`}</p>
            <code>{FIRST_ADMINISTRATOR}</code>
            <p>{t`It asks for a password; then log in here with the account “sysadmin”.`}</p>
          </div>
        )}
        <form onSubmit={submit} aria-busy={enter.isPending}>
          <div role="alert">
            {enter.isError && (
              <p className={classes.error}>
                <Icon name="warn" />
                {errorText(enter.error)}
              </p>
            )}
          </div>
          <TextInput
            name="account"
            label={t`Account`}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            autoFocus
            withAsterisk={false}
            maxLength={128}
          />
          <PasswordInput
            ref={password}
            name="password"
            label={t`Password`}
            autoComplete="current-password"
            required
            withAsterisk={false}
            maxLength={1024}
            visibilityToggleButtonProps={{ "aria-label": t`Show or hide the password` }}
          />
          <Button type="submit" fullWidth loading={enter.isPending}>
            {t`Log in`}
          </Button>
        </form>
        <p className={classes.help}>
          {t`Forgotten password: the shift lead or operations gives you a new one. It cannot be done by mail.`}
        </p>
      </main>
    </div>
  );
}
