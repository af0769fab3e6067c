import { useLingui } from "@lingui/react/macro";
import type { Alert } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import classes from "./WhatToDo.module.css";

export function WhatToDo({ alert }: { readonly alert: Alert }) {
  const { t, i18n } = useLingui();
  const steps = inLanguage(alert.rule.triage, i18n.locale) ?? [];
  const innocent = inLanguage(alert.rule.false_positives, i18n.locale) ?? [];
  if (steps.length === 0 && innocent.length === 0) return null;
  return (
    <Card id="what-to-do" title={t`What to do`}>
      <div className={classes.columns}>
        {steps.length > 0 && (
          <ol className={classes.steps}>
            {steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        )}
        {innocent.length > 0 && (
          <div className={classes.innocent}>
            <h3>{t`When it is a false alarm`}</h3>
            <ul>
              {innocent.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </Card>
  );
}
