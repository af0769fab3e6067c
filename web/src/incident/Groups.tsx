import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import similar from "../alert/Similar.module.css";
import { inLanguage } from "../language/language";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { Time } from "../time/Time";
import { SeverityMark } from "../triage/SeverityMark";
import { incidentGroupsQuery } from "./queries";

/** The alert groups that belong to it, with who put them there. */
export function Groups({ incidentId }: { readonly incidentId: string }) {
  const { t, i18n } = useLingui();
  const mayRead = useRight("alerts.read");
  const query = useQuery({ ...incidentGroupsQuery(incidentId), enabled: mayRead });
  if (!mayRead) return null;
  return (
    <Card id="groups" title={t`Alert groups in it`}>
      <Fetched query={query}>
        {({ groups }) =>
          groups.length === 0 ? (
            <p>{t`No alert belongs to it: a person reported it. In the queue, key I puts alerts in.`}</p>
          ) : (
            <ul className={similar.list}>
              {groups.map(({ row, linked_us: linkedUs, linked_by: linkedBy }) => (
                <li key={row.id}>
                  <Link to="/alerts/$groupId" params={{ groupId: row.id }} search={{ dataset: row.dataset }}>
                    <SeverityMark severity={row.severity} />
                    <span>{inLanguage(row.title, i18n.locale) ?? row.rule_name}</span>
                  </Link>
                  <small>
                    {plural(row.alerts, { one: "# alert", other: "# alerts" })} · {t`put in by`}{" "}
                    {inLanguage(linkedBy.name, i18n.locale)} <Time us={linkedUs} />
                  </small>
                </li>
              ))}
            </ul>
          )
        }
      </Fetched>
    </Card>
  );
}
