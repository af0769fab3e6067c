import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { Icon } from "../shell/Icon";
import classes from "./OrderForm.module.css";

interface OrderFormProps {
  readonly send: string;
  readonly onSend: () => void;
  readonly isReady: boolean;
  readonly isActing: boolean;
  /** What the server said against it, or what stands against it already. */
  readonly refusal: string | undefined;
  /** It takes the word of a second party of another home. */
  readonly isTwo?: boolean;
  readonly children: ReactNode;
}

/** The frame of every dialog that changes an incident: fields, what stands against it, and one button. */
export function OrderForm({ send, onSend, isReady, isActing, refusal, isTwo = false, children }: OrderFormProps) {
  const { t } = useLingui();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isReady && !isActing) onSend();
  };
  return (
    <form onSubmit={submit} className={classes.form}>
      {isTwo && (
        <p className={classes.two}>
          {t`This takes two parties of different homes: it is carried out when the second one agrees. The second factor is asked for.`}
        </p>
      )}
      {children}
      {refusal !== undefined && (
        <p className={classes.refusal} role="alert">
          <Icon name="warn" />
          <span>{refusal}</span>
        </p>
      )}
      <footer>
        <p>{t`Who, when and why are kept in the audit log.`}</p>
        <Button type="submit" disabled={!isReady} loading={isActing}>
          {send}
        </Button>
      </footer>
    </form>
  );
}
