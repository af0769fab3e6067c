import type { ReactNode } from "react";
import classes from "./Card.module.css";

interface CardProps {
  readonly id: string;
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** One question and its answer. */
export function Card({ id, title, aside, children }: CardProps) {
  return (
    <section className={classes.card} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
