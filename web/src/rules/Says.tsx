import { useLingui } from "@lingui/react/macro";
import type { RuleView } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Inert } from "../text/Inert";
import classes from "./RulePage.module.css";

/** The rule's own words: what it means, what to do, when it is harmless, and where it is written about. */
export function Says({ view }: { readonly view: RuleView }) {
  const { t, i18n } = useLingui();
  const steps = inLanguage(view.triage, i18n.locale) ?? [];
  const innocent = inLanguage(view.false_positives, i18n.locale) ?? [];
  const description = inLanguage(view.description, i18n.locale) ?? "";
  return (
    <Card id="rule-says" title={t`What it looks for`}>
      <div className={classes.parts}>
        <p>
          {description ? (
            <Inert value={description} limit={1200} isExpandable />
          ) : (
            <span className={classes.note}>{t`It says nothing about itself.`}</span>
          )}
        </p>
        {steps.length > 0 && (
          <section>
            <h3>{t`What to do`}</h3>
            <ol>
              {steps.map((step) => (
                <li key={step}>
                  <Inert value={step} limit={600} isExpandable />
                </li>
              ))}
            </ol>
          </section>
        )}
        {innocent.length > 0 && (
          <section>
            <h3>{t`When it is a false alarm`}</h3>
            <ul className={classes.plain}>
              {innocent.map((reason) => (
                <li key={reason}>
                  – <Inert value={reason} limit={600} isExpandable />
                </li>
              ))}
            </ul>
          </section>
        )}
        {view.references.length > 0 && (
          <section>
            <h3>{t`References: nothing here leads out of the house`}</h3>
            <ul className={classes.plain}>
              {view.references.map((reference) => (
                <li key={reference}>
                  <code>
                    <Inert value={reference} limit={300} />
                  </code>
                </li>
              ))}
            </ul>
          </section>
        )}
        {view.author !== "" && (
          <p className={classes.note}>
            {t`Written by`} <Inert value={view.author} limit={200} />
          </p>
        )}
      </div>
    </Card>
  );
}
