import { type ReactNode, useEffect } from "react";
import classes from "./PageFrame.module.css";

interface PageFrameProps {
  readonly title: ReactNode;
  /** The name of the page in the browser's tab; the title itself when that is a text. */
  readonly name: string;
  readonly lead?: ReactNode;
  /** What can be done with the page as a whole; stands beside the title. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page below the header: its title, one sentence of what it is for, and its cards. */
export function PageFrame({ title, name, lead, actions, children }: PageFrameProps) {
  useEffect(() => {
    document.title = `${name} – Khiên`;
  }, [name]);
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <h1>{title}</h1>
        {actions && <div className={classes.actions}>{actions}</div>}
        {lead && <div className={classes.lead}>{lead}</div>}
      </header>
      {children}
    </div>
  );
}
