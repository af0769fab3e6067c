import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { DutyShift } from "../api/names";
import { dutyQuery } from "../duty/queries";
import { inLanguage } from "../language/language";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import { Inert } from "../text/Inert";
import classes from "./HelpPage.module.css";

/** Whose question it is; the names are of those who are on duty while somebody reads. */
export function WhoToAsk() {
  const { t } = useLingui();
  const mayRead = useRight("duty.read");
  const { data } = useQuery({ ...dutyQuery, enabled: mayRead });
  const shifts = data?.now.filter((shift) => shift.priority === 1) ?? [];
  return (
    <Card id="help-ask" title={t`Whom to ask`}>
      <dl className={classes.facts}>
        <dt>{t`An alert, a doubt`}</dt>
        <dd>{t`The shift lead on duty. Asking costs a minute; a wrong verdict costs a night.`}</dd>
        <dt>{t`An order, the press, the police`}</dt>
        <dd>{t`The leader or the deputy of the response team. Nobody else speaks for the city.`}</dd>
        <dt>{t`A system that must be stopped`}</dt>
        <dd>{t`Its operator, and for level 3 and above the two parties that the rules name.`}</dd>
        <dt>{t`Personal data`}</dt>
        <dd>{t`The data-protection officer of the system's owner.`}</dd>
        <dt>{t`Log-in, lost second factor, the platform`}</dt>
        <dd>{t`The administrator, who must know you in person. It is never done by mail.`}</dd>
      </dl>
      {mayRead && (
        <>
          <h3 className={classes.subtitle}>{t`On duty now`}</h3>
          {shifts.length > 0 ? (
            <ul className={classes.list}>
              {shifts.map((shift) => (
                <Seat key={`${shift.seat} ${shift.person.id}`} shift={shift} />
              ))}
            </ul>
          ) : (
            <p>{t`Nobody is known to be on duty.`}</p>
          )}
          <p className={classes.note}>
            <Link to="/duty">{t`Numbers and the whole rota: duty`}</Link>
          </p>
        </>
      )}
    </Card>
  );
}

function Seat({ shift }: { readonly shift: DutyShift }) {
  const { i18n } = useLingui();
  return (
    <li>
      <Inert value={inLanguage(shift.person.name, i18n.locale) ?? shift.person.id} limit={80} />
      {" · "}
      {inLanguage(shift.role_name, i18n.locale)}
    </li>
  );
}
