import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import classes from "./HelpPage.module.css";

/** The two kinds of clocks; the numbers that people set themselves are read where they are in force, not here. */
export function Clocks() {
  const { t } = useLingui();
  const mayRead = useRight("policy.read");
  return (
    <Card id="help-clocks" title={t`Clocks`}>
      <dl className={classes.facts}>
        <dt>{t`To take an alert`}</dt>
        <dd>
          {t`Runs from its arrival; how long depends on its severity. When nobody takes it, the next on duty is told, then the shift lead, then the leader.`}
        </dd>
        <dt>{t`24 hours`}</dt>
        <dd>{t`Initial notice of a serious incident (M1, M2) in writing, counted from the moment it was detected.`}</dd>
        <dt>{t`72 hours`}</dt>
        <dd>
          {t`Report of cause, scope and remedies, from detection. With personal data also the breach notice, from the moment it is known that personal data are affected.`}
        </dd>
        <dt>{t`Nights, Tết`}</dt>
        <dd>
          {t`Legal clocks never pause: nights, weekends and Tết count. Only what the rules call working time stands still outside of it.`}
        </dd>
      </dl>
      <p className={classes.note}>
        {t`The incident shows each obligation with its recipient, its deadline and its legal basis. All times are Vietnam time (UTC+7).`}{" "}
        {mayRead && <Link to="/coordination">{t`The coordination rules in force`}</Link>}
      </p>
    </Card>
  );
}
