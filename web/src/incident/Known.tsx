import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import type { IncidentDetail, PolicyVocabulary } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { Inert } from "../text/Inert";
import { useAsk } from "./Asking";
import type { Answer } from "./answers";
import classes from "./Known.module.css";
import { vocabularyQuery } from "./queries";
import { Revisions } from "./Revisions";

/** What is known of the case in the policy's own questions, and every revision of it. */
export function Known({ detail }: { readonly detail: IncidentDetail }) {
  const { t } = useLingui();
  const words = useQuery(vocabularyQuery(detail.row.id));
  const ask = useAsk();
  const revision = detail.revisions[0]?.number ?? 1;
  const mayRevise = detail.orders.some((each) => each.kind === "revise");
  return (
    <Card id="known" title={t`What is known`} aside={t`revision ${revision}`}>
      <Fetched query={words}>
        {(data) => (
          <>
            <Facts detail={detail} words={data} />
            {mayRevise && (
              <button type="button" className={classes.button} onClick={() => ask({ kind: "revise" })}>
                {t`Change answers and flags`}
              </button>
            )}
            <Revisions revisions={detail.revisions} words={data} />
          </>
        )}
      </Fetched>
    </Card>
  );
}

export function useAnswerWord(words: PolicyVocabulary): (id: string, answer: Answer) => string {
  const { t, i18n } = useLingui();
  return (id, answer) => {
    if (answer === true) return t`Yes`;
    if (answer === false) return t`No`;
    const choice = words.questions.find((each) => each.id === id)?.choices.find((each) => each.id === answer);
    if (choice) return inLanguage(choice.text, i18n.locale) ?? choice.id;
    return typeof answer === "number" ? new Intl.NumberFormat(i18n.locale).format(answer) : String(answer);
  };
}

function Facts({ detail, words }: { readonly detail: IncidentDetail; readonly words: PolicyVocabulary }) {
  const { t, i18n } = useLingui();
  const answerWord = useAnswerWord(words);
  const type = words.types.find((each) => each.id === detail.row.type);
  const group = words.groups.find((each) => each.id === detail.row.category);
  const flags = words.flags.filter((each) => detail.row.flags.includes(each.id));
  return (
    <dl className={classes.facts}>
      <dt>{t`Kind of incident`}</dt>
      <dd>
        {type ? inLanguage(type.text, i18n.locale) : t`not set yet`}
        {group && <small>{`${group.id} ${inLanguage(group.text, i18n.locale) ?? ""}`}</small>}
      </dd>
      {flags.length > 0 && (
        <>
          <dt>{t`Flags`}</dt>
          <dd>
            <ul className={classes.flags}>
              {flags.map((flag) => (
                <li key={flag.id}>{inLanguage(flag.text, i18n.locale)}</li>
              ))}
            </ul>
          </dd>
        </>
      )}
      <dt>{t`Systems`}</dt>
      <dd>
        {detail.assets.map((asset) => (
          <p key={String(asset.id)}>
            <Inert value={String(asset.id)} limit={80} />
            <small>
              {typeof asset.level === "number"
                ? t`level ${asset.level}`
                : t`not registered: counts as the level that the policy states`}
            </small>
          </p>
        ))}
      </dd>
      {words.questions
        .filter((question) => detail.facts[question.id] !== undefined)
        .map((question) => (
          <div key={question.id} className={classes.pair}>
            <dt>{inLanguage(question.text, i18n.locale)}</dt>
            <dd>{answerWord(question.id, detail.facts[question.id] ?? "")}</dd>
          </div>
        ))}
    </dl>
  );
}
