import { useLingui } from "@lingui/react/macro";
import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import {
  createContext,
  type FormEvent,
  type ReactNode,
  useCallback,
  useContext,
  useMemo,
  useRef,
  useState,
} from "react";
import { answerOf, api } from "../api/client";
import { ApiError } from "../api/problem";
import { Dialog } from "../shell/Dialog";
import { useErrorText } from "../shell/Notices";
import classes from "./SecondFactor.module.css";

type Wanted = "code" | "set_up";

/** Runs an act; when the server asks for the second factor, asks the person for a code and runs it once more. */
type WithProof = <T>(act: () => Promise<T>) => Promise<T>;

const Context = createContext<WithProof | undefined>(undefined);

/** The act was given up at the question for a code; nothing was changed and nothing needs to be said. */
export class GivenUp extends Error {
  constructor() {
    super("given up");
    this.name = "GivenUp";
  }
}

export function SecondFactorProvider({ children }: { readonly children: ReactNode }) {
  const { t } = useLingui();
  const [wanted, setWanted] = useState<Wanted>();
  const settle = useRef<(isProven: boolean) => void>(undefined);
  const ask = useCallback(
    (what: Wanted): Promise<boolean> =>
      new Promise((resolve) => {
        settle.current?.(false);
        settle.current = resolve;
        setWanted(what);
      }),
    [],
  );
  const answer = useCallback((isProven: boolean): void => {
    settle.current?.(isProven);
    settle.current = undefined;
    setWanted(undefined);
  }, []);
  const withProof = useCallback<WithProof>(
    async (act) => {
      try {
        return await act();
      } catch (error) {
        const what = wantedBy(error);
        if (!what) throw error;
        if (!(await ask(what))) throw new GivenUp();
        return await act();
      }
    },
    [ask],
  );
  const value = useMemo(() => withProof, [withProof]);
  const giveUp = (): void => answer(false);
  return (
    <Context.Provider value={value}>
      {children}
      <Dialog isOpen={wanted !== undefined} onClose={giveUp} title={t`Second factor`} size="26rem">
        {wanted === "code" && <Code onProven={() => answer(true)} />}
        {wanted === "set_up" && (
          <div className={classes.form}>
            <p>{t`This act needs a second factor, and this account has none yet. Set it up once, with an authenticator on your telephone; it takes a minute.`}</p>
            <Button component={Link} to="/profile" hash="second-factor" onClick={giveUp} data-autofocus>
              {t`Set it up now`}
            </Button>
          </div>
        )}
      </Dialog>
    </Context.Provider>
  );
}

function wantedBy(error: unknown): Wanted | undefined {
  if (!(error instanceof ApiError)) return undefined;
  if (error.problem?.code === "second_factor.required") return "code";
  if (error.problem?.code === "second_factor.not_set_up") return "set_up";
  return undefined;
}

function Code({ onProven }: { readonly onProven: () => void }) {
  const { t } = useLingui();
  const errorText = useErrorText();
  const [code, setCode] = useState("");
  const prove = useMutation({
    mutationFn: () => answerOf(api.POST("/api/v1/session/second-factor/proof", { body: { code: code.trim() } })),
    onSuccess: onProven,
    onError: () => setCode(""),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (code.trim() !== "" && !prove.isPending) prove.mutate();
  };
  return (
    <form onSubmit={submit} className={classes.form} aria-busy={prove.isPending}>
      <TextInput
        label={t`Code of your authenticator`}
        description={t`Six digits, or one of your recovery codes. It then counts for five minutes.`}
        error={prove.isError ? errorText(prove.error) : undefined}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
        autoComplete="one-time-code"
        spellCheck={false}
        maxLength={64}
        required
        withAsterisk={false}
        data-autofocus
      />
      <Button type="submit" loading={prove.isPending} disabled={code.trim() === ""}>
        {t`Go on`}
      </Button>
    </form>
  );
}

export function useProof(): WithProof {
  const withProof = useContext(Context);
  if (!withProof) throw new Error("useProof outside of SecondFactorProvider");
  return withProof;
}
