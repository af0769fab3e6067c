import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { CopyText } from "../profile/CopyText";
import classes from "./Administration.module.css";

export interface LogInGiven {
  readonly account: string;
  readonly password: string;
}

/** The new password, once: read out over the telephone or handed over on paper. */
export function GivenLogIn({ given, onKept }: { readonly given: LogInGiven; readonly onKept: () => void }) {
  const { t } = useLingui();
  return (
    <section className={classes.once} aria-labelledby="given" role="status">
      <h2 id="given">{t`New password of ${given.account}: shown now and never again`}</h2>
      <code data-secret>{given.password}</code>
      <p>{t`Give it to this person and to nobody else; they change it in the profile after the first log-in. Their open sessions have ended, and this act stands in the audit log.`}</p>
      <div className={classes.acts}>
        <CopyText text={given.password} label={t`Copy the password`} />
        <Button size="xs" onClick={onKept}>
          {t`Done`}
        </Button>
      </div>
    </section>
  );
}
