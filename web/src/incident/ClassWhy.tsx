import { useLingui } from "@lingui/react/macro";
import { Basis } from "../alert/Basis";
import type { IncidentDetail } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Icon } from "../shell/Icon";
import { ClassMark } from "./ClassMark";
import classes from "./ClassWhy.module.css";

/** Every rule of the policy that holds, as it was kept when the class was set; the one that decides is marked. */
export function ClassWhy({ detail }: { readonly detail: IncidentDetail }) {
  const { t, i18n } = useLingui();
  const { severity } = detail;
  return (
    <Card id="class-why" title={t`Why this class`} aside={detail.policy}>
      <p className={classes.mark}>
        <ClassMark of={severity.severity} />
      </p>
      {severity.reasons.length === 0 ? (
        <p>{t`No rule of the city's speaks of it: whoever leads takes it on.`}</p>
      ) : (
        <ul className={classes.reasons}>
          {severity.reasons.map((reason) => (
            <li key={reason.id} data-decides={reason.id === severity.rule || undefined}>
              <span>
                {reason.id === severity.rule && (
                  <>
                    <Icon name="check" />
                    <span className="unseen">{t`decides:`} </span>
                  </>
                )}
                {inLanguage(reason.text, i18n.locale)} <code>{reason.id}</code>
              </span>
              <Basis basis={reason.basis} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
