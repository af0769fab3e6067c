import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import classes from "./Parts.module.css";

/** The pages of the coordination rules, each with its own address. */
export function Parts() {
  const { t } = useLingui();
  return (
    <nav className={classes.parts} aria-label={t`Coordination rules`}>
      <Link to="/coordination" activeOptions={{ exact: true, includeSearch: false }}>{t`The rules`}</Link>
      <Link to="/coordination/who" activeOptions={{ includeSearch: false }}>{t`Who would get this?`}</Link>
    </nav>
  );
}
