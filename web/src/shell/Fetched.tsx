import { useLingui } from "@lingui/react/macro";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import classes from "./Fetched.module.css";
import { useErrorText } from "./Notices";

/** Under a tenth of a second nothing is shown; to one second a quiet mark; then words. */
const QUIET_MS = 100;
const WORDS_MS = 1_000;

interface FetchedProps<T> {
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
}

/** What a query answered, or why there is nothing to show; an answer stays on screen while a later one fails, and says so. */
export function Fetched<T>({ query, children }: FetchedProps<T>) {
  const errorText = useErrorText();
  const failure = query.error ? (
    <p role="alert" className={classes.failure}>
      {errorText(query.error)}
    </p>
  ) : null;
  if (query.data === undefined) return failure ?? <Waiting />;
  return (
    <>
      {failure}
      {children(query.data)}
    </>
  );
}

function Waiting() {
  const { t } = useLingui();
  const [sinceMs, setSince] = useState(0);
  useEffect(() => {
    const quiet = window.setTimeout(() => setSince(QUIET_MS), QUIET_MS);
    const words = window.setTimeout(() => setSince(WORDS_MS), WORDS_MS);
    return () => {
      window.clearTimeout(quiet);
      window.clearTimeout(words);
    };
  }, []);
  return (
    <p className={classes.waiting} role="status">
      {sinceMs >= WORDS_MS ? t`Waiting for the server` : sinceMs >= QUIET_MS ? DOTS : null}
    </p>
  );
}

const DOTS = "…";
