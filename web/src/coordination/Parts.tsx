import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { useRight } from "../session/useRights";
import classes from "./Parts.module.css";

/** The pages of the coordination rules, each with its own address. */
export function Parts() {
  const { t } = useLingui();
  const mayDraft = useRight("policy.draft");
  return (
    <nav className={classes.parts} aria-label={t`Coordination rules`}>
      <Link to="/coordination" activeOptions={{ exact: true, includeSearch: false }}>{t`The rules`}</Link>
      <Link to="/coordination/who" activeOptions={{ includeSearch: false }}>{t`Who would get this?`}</Link>
      <Link to="/coordination/versions" activeOptions={{ includeSearch: false }}>{t`Versions and signing`}</Link>
      {mayDraft && <Link to="/coordination/simulation" activeOptions={{ includeSearch: false }}>{t`Simulation`}</Link>}
    </nav>
  );
}
