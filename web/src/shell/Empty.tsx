import type { ReactNode } from "react";
import classes from "./Empty.module.css";

/** An empty list says why it is empty and what to do next. */
export function Empty({ why, next }: { readonly why: ReactNode; readonly next?: ReactNode }) {
  return (
    <div className={classes.empty} role="status">
      <p>{why}</p>
      {next && <div className={classes.next}>{next}</div>}
    </div>
  );
}
