import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";
import classes from "./Lone.module.css";
import { useErrorText } from "./Notices";

/** The boundary of a page: what failed, and the way on. */
export function PageFailed({ error, reset }: ErrorComponentProps) {
  const { t } = useLingui();
  const errorText = useErrorText();
  return (
    <main className={classes.lone} role="alert">
      <h1>{t`This page could not be shown`}</h1>
      <p>{errorText(error)}</p>
      <Button onClick={reset}>{t`Try again`}</Button>
    </main>
  );
}
