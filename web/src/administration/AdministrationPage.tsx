import { useLingui } from "@lingui/react/macro";
import { Link, useSearch } from "@tanstack/react-router";
import { useRights } from "../session/useRights";
import { PageFrame } from "../shell/PageFrame";
import classes from "./Administration.module.css";
import { Health } from "./Health";
import { Jobs } from "./Jobs";
import { Notices } from "./Notices";
import { Organisation } from "./Organisation";
import { People } from "./People";
import { Roles } from "./Roles";
import { PARTS, type Part, RIGHT_OF } from "./search";

const PANELS: Readonly<Record<Part, () => React.ReactNode>> = {
  people: People,
  roles: Roles,
  organisation: Organisation,
  jobs: Jobs,
  health: Health,
  notices: Notices,
};

/** What keeps the platform in order: people and their rights, the organisation, what runs by the clock, and how it goes. */
export function AdministrationPage() {
  const { t } = useLingui();
  const rights = useRights();
  const search = useSearch({ from: "/shell/administration" });
  const words: Readonly<Record<Part, string>> = {
    people: t`People`,
    roles: t`Roles and rights`,
    organisation: t`Organisation`,
    jobs: t`Jobs`,
    health: t`Health`,
    notices: t`Notices`,
  };
  const open = PARTS.filter((part) => RIGHT_OF[part] === undefined || rights.includes(RIGHT_OF[part]));
  const shown = search.part ?? open[0] ?? "health";
  const Panel = PANELS[shown];
  const title = t`Administration`;
  return (
    <PageFrame title={title} name={`${words[shown]} – ${title}`}>
      <nav className={classes.parts} aria-label={t`Parts of administration`}>
        {open.map((part) => (
          <Link key={part} to="/administration" search={{ part }} aria-current={part === shown ? "page" : undefined}>
            {words[part]}
          </Link>
        ))}
      </nav>
      {open.includes(shown) ? <Panel /> : <p role="alert">{t`Your role does not open this page`}</p>}
    </PageFrame>
  );
}
