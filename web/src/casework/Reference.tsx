import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Inert } from "../text/Inert";
import classes from "./Casework.module.css";
import { IncidentLink } from "./IncidentLink";

/** The object behind a reference such as `group/0123…` or `comment/7`, in words, with a way there where there is a page. */
export function Reference({ value }: { readonly value: string }) {
  const { t } = useLingui();
  const [kind = "", id = ""] = value.split(/\/(.*)/s);
  switch (kind) {
    case "group":
      return /^[0-9a-f]{16}$/.test(id) ? (
        <Link to="/alerts/$groupId" params={{ groupId: id }} search={{}} className={classes.link}>
          {t`alert group ${id.slice(0, 8)}`}
        </Link>
      ) : (
        <Inert value={value} limit={80} />
      );
    case "incident":
      return <IncidentLink incidentId={id} />;
    case "comment":
      return t`comment ${id}`;
    case "countermeasure":
      return t`countermeasure ${id}`;
    case "task":
      return t`task ${id}`;
    case "obligation":
      return t`obligation ${id}`;
    case "approval":
      return t`approval ${id}`;
    case "observable":
      return t`observable ${id}`;
    case "notice":
      return t`notice ${id}`;
    case "assignment":
      return t`assignment ${id}`;
    case "revision":
      return t`assessment ${id}`;
    case "audit":
      return t`audit record ${id}`;
    case "person":
      return <Inert value={id} limit={80} />;
    default:
      return <Inert value={value} limit={80} />;
  }
}
