import { useLingui } from "@lingui/react/macro";
import { Button, Checkbox, TextInput } from "@mantine/core";
import type { Rulebook } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import classes from "./CaseForm.module.css";
import { answered, type CaseSearch, toggled } from "./caseSearch";
import { localField, readLocalField } from "./localTime";
import { QuestionField } from "./QuestionField";
import { Systems } from "./Systems";

interface CaseFormProps {
  readonly book: Rulebook;
  readonly search: CaseSearch;
  readonly onChange: (next: CaseSearch) => void;
}

/** The case as the rules ask about it: systems, when it was detected, flags, answers. It stands in the address. */
export function CaseForm({ book, search, onChange }: CaseFormProps) {
  const { t, i18n } = useLingui();
  return (
    <Card
      id="case"
      title={t`The case`}
      aside={
        <Button variant="default" size="compact-sm" onClick={() => onChange({ version: search.version })}>
          {t`Clear`}
        </Button>
      }
    >
      <div className={classes.form}>
        <Systems chosen={search.systems ?? []} onChange={(systems) => onChange({ ...search, systems })} />
        <TextInput
          type="datetime-local"
          label={t`Detected (Vietnam time, UTC+7)`}
          description={t`Empty: now. Class and flags count as set now.`}
          value={search.detected === undefined ? "" : localField(search.detected)}
          onChange={(event) => onChange({ ...search, detected: readLocalField(event.currentTarget.value) })}
        />
        <fieldset>
          <legend>{t`Flags`}</legend>
          {book.flags.map((flag) => (
            <Checkbox
              key={flag.id}
              label={inLanguage(flag.text, i18n.locale)}
              checked={search.flags?.includes(flag.id) ?? false}
              onChange={() => onChange({ ...search, flags: toggled(search.flags, flag.id) })}
            />
          ))}
        </fieldset>
        <fieldset>
          <legend>{t`What is known`}</legend>
          {book.questions.map((question) => (
            <QuestionField
              key={question.id}
              question={question}
              value={search.facts?.[question.id]}
              onChange={(value) => onChange(answered(search, question.id, value))}
            />
          ))}
        </fieldset>
      </div>
    </Card>
  );
}
