import { useLingui } from "@lingui/react/macro";
import { Checkbox } from "@mantine/core";
import type { NamedQuestion, PolicyVocabulary } from "../api/names";
import { inLanguage } from "../language/language";
import { Choice } from "../shell/Choice";
import { type Answers, completed, shown, understood } from "./answers";
import classes from "./CaseForm.module.css";
import { Count } from "./Count";

interface CaseFormProps {
  readonly words: PolicyVocabulary;
  readonly answers: Answers;
  readonly flags: readonly string[];
  /** Questions that could make the class graver stand first and are marked. */
  readonly grave: ReadonlySet<string>;
  readonly onAnswers: (answers: Answers) => void;
  readonly onFlags: (flags: readonly string[]) => void;
}

/** The questions and flags of the policy; what is left empty is not answered, which is not the same as "no". */
export function CaseForm({ words, answers, flags, grave, onAnswers, onFlags }: CaseFormProps) {
  const { t, i18n } = useLingui();
  const implied = completed(flags, words.flags);
  const questions = [
    ...words.questions.filter((each) => grave.has(each.id)),
    ...words.questions.filter((each) => !grave.has(each.id)),
  ];
  const answer = (question: NamedQuestion) => (text: string) => {
    const { [question.id]: _, ...others } = answers;
    const found = understood(question, text);
    onAnswers(found === undefined ? others : { ...others, [question.id]: found });
  };
  return (
    <>
      <fieldset className={classes.group}>
        <legend>{t`What is known`}</legend>
        <div className={classes.questions}>
          {questions.map((question) => (
            <div key={question.id} data-grave={grave.has(question.id) || undefined}>
              <Question question={question} text={shown(answers[question.id])} onChange={answer(question)} />
            </div>
          ))}
        </div>
      </fieldset>
      <fieldset className={classes.group}>
        <legend>{t`Flags`}</legend>
        <div className={classes.flags}>
          {words.flags.map((flag) => {
            const isImplied = implied.has(flag.id) && !flags.includes(flag.id);
            return (
              <Checkbox
                key={flag.id}
                label={inLanguage(flag.text, i18n.locale)}
                {...(flag.of_asset ? { description: t`set by itself by the system` } : {})}
                checked={implied.has(flag.id)}
                disabled={isImplied || flag.of_asset}
                onChange={(event) =>
                  onFlags(event.currentTarget.checked ? [...flags, flag.id] : flags.filter((each) => each !== flag.id))
                }
              />
            );
          })}
        </div>
      </fieldset>
    </>
  );
}

interface QuestionProps {
  readonly question: NamedQuestion;
  readonly text: string;
  readonly onChange: (text: string) => void;
}

function Question({ question, text, onChange }: QuestionProps) {
  const { t, i18n } = useLingui();
  const label = inLanguage(question.text, i18n.locale) ?? question.id;
  const unanswered = { value: "", text: t`not answered` };
  switch (question.type) {
    case "boolean":
      return (
        <Choice
          label={label}
          value={text}
          onChange={onChange}
          options={[unanswered, { value: "true", text: t`Yes` }, { value: "false", text: t`No` }]}
        />
      );
    case "choice":
      return (
        <Choice
          label={label}
          value={text}
          onChange={onChange}
          options={[
            unanswered,
            ...question.choices.map((each) => ({
              value: each.id,
              text: inLanguage(each.text, i18n.locale) ?? each.id,
            })),
          ]}
        />
      );
    case "count":
      return <Count label={label} empty={unanswered.text} text={text} onChange={onChange} />;
  }
}
