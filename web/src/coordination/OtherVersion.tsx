import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Icon } from "../shell/Icon";
import classes from "./OtherVersion.module.css";
import { policyQuery } from "./queries";
import { shortHash } from "./shortHash";

/** What is on screen is not what holds today; nobody may overlook that. */
export function OtherVersion({ sha256 }: { readonly sha256: string }) {
  const { t } = useLingui();
  const { data } = useQuery(policyQuery);
  if (data === undefined || data.sha256 === sha256) return null;
  return (
    <p className={classes.other} role="status">
      <Icon name="warn" />
      <span>
        {t`This is not the version in force but another one:`} <code>{shortHash(sha256)}</code> ·{" "}
        <Link to="/coordination/versions/$sha256" params={{ sha256 }}>{t`its state`}</Link> ·{" "}
        <Link to="/coordination">{t`show the version in force`}</Link>
      </span>
    </p>
  );
}
