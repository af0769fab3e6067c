import { useLingui } from "@lingui/react/macro";
import { useId } from "react";
import type { BookQuestion } from "../api/names";
import { inLanguage } from "../language/language";
import classes from "./CaseForm.module.css";
import type { FactValue } from "./caseSearch";

interface QuestionFieldProps {
  readonly question: BookQuestion;
  readonly value: FactValue | undefined;
  readonly onChange: (value: FactValue | undefined) => void;
}

/** One question of the rules; leaving it unanswered is an answer of its own. */
export function QuestionField({ question, value, onChange }: QuestionFieldProps) {
  const { t, i18n } = useLingui();
  const id = useId();
  return (
    <div className={classes.question}>
      <label htmlFor={id}>{inLanguage(question.text, i18n.locale)}</label>
      {question.type === "count" ? (
        <input
          id={id}
          type="number"
          min={0}
          step={1}
          inputMode="numeric"
          value={typeof value === "number" ? value : ""}
          data-answered={value !== undefined || undefined}
          onChange={(event) => {
            const number = event.currentTarget.valueAsNumber;
            onChange(Number.isSafeInteger(number) && number >= 0 ? number : undefined);
          }}
        />
      ) : (
        <select
          id={id}
          value={value === undefined ? "" : String(value)}
          data-answered={value !== undefined || undefined}
          onChange={(event) => onChange(read(question, event.currentTarget.value))}
        >
          <option value="">{t`not known`}</option>
          {question.type === "boolean" ? (
            <>
              <option value="true">{t`yes`}</option>
              <option value="false">{t`no`}</option>
            </>
          ) : (
            question.choices.map((choice) => (
              <option key={choice.id} value={choice.id}>
                {inLanguage(choice.text, i18n.locale)}
              </option>
            ))
          )}
        </select>
      )}
    </div>
  );
}

function read(question: BookQuestion, value: string): FactValue | undefined {
  if (value === "") return undefined;
  return question.type === "boolean" ? value === "true" : value;
}
