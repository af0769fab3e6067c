import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import classes from "./Lone.module.css";

export function UnknownPage() {
  const { t } = useLingui();
  return (
    <main className={classes.lone}>
      <h1>{t`There is no such page`}</h1>
      <p>{t`The address may be of a newer or an older version.`}</p>
      <Link to="/queue" className={classes.way}>
        {t`To the queue`}
      </Link>
    </main>
  );
}
