import { useLingui } from "@lingui/react/macro";
import { CopyText } from "../profile/CopyText";
import classes from "./FirstRun.module.css";

/** A command for whoever sits at the server, ready to be copied. */
export function Command({ text }: { readonly text: string }) {
  const { t } = useLingui();
  return (
    <div className={classes.command}>
      <code>{text}</code>
      <CopyText text={text} label={t`Copy the command`} />
    </div>
  );
}
