import type { SectionProps } from "../incident/sections";
import classes from "./Casework.module.css";
import { Comments } from "./Comments";
import { Measures } from "./Measures";
import { Tasks } from "./Tasks";

/** What people do about an incident: what they say, who has to do what, and what is done against the attack. */
export function Work({ detail }: SectionProps) {
  const incidentId = detail.row.id;
  const assets = detail.assets.flatMap((asset) => (typeof asset["id"] === "string" ? [asset["id"]] : []));
  return (
    <div className={classes.columns}>
      <div className={classes.parts}>
        <Comments incidentId={incidentId} />
      </div>
      <div className={classes.parts}>
        <Tasks incidentId={incidentId} />
        <Measures incidentId={incidentId} assets={assets} />
      </div>
    </div>
  );
}
