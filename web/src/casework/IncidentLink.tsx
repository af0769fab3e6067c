import { Link } from "@tanstack/react-router";
import classes from "./Casework.module.css";

/** An incident by its number, leading to its page. */
export function IncidentLink({ incidentId }: { readonly incidentId: string }) {
  return (
    <Link to="/incidents/$incidentId" params={{ incidentId }} className={classes.link}>
      {incidentId}
    </Link>
  );
}
