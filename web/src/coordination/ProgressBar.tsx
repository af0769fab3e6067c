import classes from "./Simulation.module.css";

interface ProgressBarProps {
  readonly label: string;
  readonly done?: number;
  readonly all?: number;
}

/** How far long work is; without numbers nobody knows, and it only moves. */
export function ProgressBar({ label, done, all }: ProgressBarProps) {
  return done === undefined || !all ? (
    <progress className={classes.bar} aria-label={label} />
  ) : (
    <progress className={classes.bar} value={done} max={all} aria-label={label} />
  );
}
