import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import type { SessionView } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Time } from "../time/Time";
import classes from "./Profile.module.css";
import { rolesQuery } from "./queries";

/** What this log-in is: roles, unit, and when it ends. */
export function SessionCard({ session }: { readonly session: SessionView }) {
  const { t, i18n } = useLingui();
  const { data } = useQuery(rolesQuery);
  const named = (role: string): string =>
    inLanguage(data?.roles.find((each) => each.id === role)?.name, i18n.locale) ?? role;
  return (
    <Card id="session" title={t`This session`}>
      <dl className={classes.facts}>
        <dt>{t`Roles`}</dt>
        <dd>{session.roles.map(named).join(", ")}</dd>
        <dt>{t`Home unit`}</dt>
        <dd>
          <code>{session.person.home}</code>
        </dd>
        <dt>{t`Ends at the latest`}</dt>
        <dd>
          <Time us={session.absolute_expires_us} />
        </dd>
      </dl>
      <p className={classes.small}>
        {t`It also ends after 30 minutes in which nothing is done. Sessions on other browsers end when you change the password, or when an administrator gives you a new one.`}
      </p>
    </Card>
  );
}
