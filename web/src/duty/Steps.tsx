import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import type { PersonBrief } from "../api/names";
import { inLanguage } from "../language/language";
import { sessionQuery } from "../session/session";
import { useRight } from "../session/useRights";
import { Inert } from "../text/Inert";
import type { Step } from "./ActDialog";
import classes from "./Changes.module.css";

export interface PartProps {
  readonly onStep: (step: Step) => void;
}

export function useMe(): { readonly me: string; readonly mayEdit: boolean } {
  const { data } = useQuery({ ...sessionQuery, enabled: false });
  return { me: data?.person.id ?? "", mayEdit: useRight("duty.edit") };
}

export function Person({ of }: { readonly of: PersonBrief }) {
  const { i18n } = useLingui();
  return <Inert value={inLanguage(of.name, i18n.locale) ?? of.id} limit={80} />;
}

/** What of a matter is for whoever looks. */
export function Steps({ steps, onStep }: { readonly steps: readonly Step[]; readonly onStep: (step: Step) => void }) {
  const { t } = useLingui();
  if (steps.length === 0) return <span className={classes.none}>{t`nothing; it is for others`}</span>;
  return (
    <span className={classes.steps}>
      {steps.map((step) => (
        <button type="button" key={step.text} onClick={() => onStep(step)}>
          {step.text}
        </button>
      ))}
    </span>
  );
}
