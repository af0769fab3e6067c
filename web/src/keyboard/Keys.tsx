import { useLingui } from "@lingui/react/macro";
import { Fragment } from "react";
import classes from "./Keys.module.css";

/** The keys of a shortcut as they are printed on the keyboard: alternatives, each a single press or a sequence. */
export function Keys({ of }: { readonly of: readonly (readonly string[])[] }) {
  const { t } = useLingui();
  return (
    <span className={classes.keys}>
      {of.map((press, index) => (
        <Fragment key={press.join()}>
          {index > 0 && <span className={classes.or}>{t({ message: "or", context: "between two keys" })}</span>}
          {press.map((key) => (
            <kbd key={key}>{key}</kbd>
          ))}
        </Fragment>
      ))}
    </span>
  );
}
