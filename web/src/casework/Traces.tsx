import type { SectionProps } from "../incident/sections";
import classes from "./Casework.module.css";
import { Observables } from "./Observables";
import { Related } from "./Related";

/** What was seen of the attack, and where else it may have been. */
export function Traces({ detail }: SectionProps) {
  return (
    <div className={classes.parts}>
      <Related incidentId={detail.row.id} />
      <Observables incidentId={detail.row.id} />
    </div>
  );
}
