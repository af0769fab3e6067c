import { Link } from "@tanstack/react-router";

/** An incident by its number, leading to its page. */
export function IncidentLink({ incidentId }: { readonly incidentId: string }) {
  return (
    <Link to="/incidents/$incidentId" params={{ incidentId }}>
      {incidentId}
    </Link>
  );
}
