import { useLingui } from "@lingui/react/macro";
import type { SetupStep } from "../api/names";
import { inLanguage } from "../language/language";
import { Icon } from "../shell/Icon";
import classes from "./FirstRun.module.css";
import { NextThing } from "./NextThing";
import { useStepWords } from "./words";

/** One step: its state by shape and word, why it matters, and what to do next or who does it. */
export function Step({ step, isNext }: { readonly step: SetupStep; readonly isNext: boolean }) {
  const { t, i18n } = useLingui();
  const { title, why, counted } = useStepWords(step);
  const heading = `first-run-${step.name}`;
  const isDone = step.state === "done";
  const roles = new Intl.ListFormat(i18n.locale, { type: "disjunction" }).format(
    step.by.map((role) => inLanguage(role.name, i18n.locale) ?? role.id),
  );
  return (
    <li className={classes.step} data-step={step.name} data-state={step.state} data-next={isNext || undefined}>
      <span className={classes.mark} aria-hidden="true">
        {isDone && <Icon name="check" />}
      </span>
      <section aria-labelledby={heading}>
        <header>
          <h2 id={heading}>{title}</h2>
          <span className={classes.state}>{isDone ? t`Done` : isNext ? t`Open, next` : t`Open`}</span>
          {counted && <span className={classes.counted}>{counted}</span>}
        </header>
        <p className={classes.why}>{why}</p>
        {!isDone &&
          (step.may_act ? (
            <NextThing name={step.name} />
          ) : (
            <p className={classes.who}>
              {t`Not for your role. Who can do it:`} <strong>{roles}</strong>
            </p>
          ))}
      </section>
    </li>
  );
}
