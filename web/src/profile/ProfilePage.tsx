import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { inLanguage } from "../language/language";
import { sessionQuery } from "../session/session";
import { PageFrame } from "../shell/PageFrame";
import { ChoicesCard } from "./ChoicesCard";
import { PasswordCard } from "./PasswordCard";
import classes from "./Profile.module.css";
import { SecondFactorCard } from "./SecondFactorCard";
import { SessionCard } from "./SessionCard";
import { TokensCard } from "./TokensCard";

/** What belongs to the person who is logged in: proof, password, the page's looks, tokens for scripts. */
export function ProfilePage() {
  const { t, i18n } = useLingui();
  const { data: session } = useQuery({ ...sessionQuery, enabled: false });
  if (!session) return null;
  const title = t`Profile`;
  return (
    <PageFrame
      title={title}
      name={title}
      lead={
        <>
          <strong>{inLanguage(session.person.name, i18n.locale)}</strong> · <code>{session.person.account}</code>
        </>
      }
    >
      <SecondFactorCard account={session.person.account} />
      <div className={classes.columns}>
        <PasswordCard account={session.person.account} />
        <ChoicesCard />
        <SessionCard session={session} />
      </div>
      <TokensCard rights={session.rights} />
    </PageFrame>
  );
}
