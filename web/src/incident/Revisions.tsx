import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { IncidentDetail, PolicyVocabulary } from "../api/names";
import { inLanguage } from "../language/language";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { changes } from "./answers";
import { ClassMark } from "./ClassMark";
import { useAnswerWord } from "./Known";
import classes from "./Known.module.css";

interface RevisionsProps {
  readonly revisions: IncidentDetail["revisions"];
  readonly words: PolicyVocabulary;
}

/** Every revision: who, when, why, and what it changed against the one before. */
export function Revisions({ revisions, words }: RevisionsProps) {
  const { t, i18n } = useLingui();
  const answerWord = useAnswerWord(words);
  const questionWord = (id: string): string =>
    inLanguage(words.questions.find((each) => each.id === id)?.text, i18n.locale) ?? id;
  const flagWord = (id: string): string =>
    inLanguage(words.flags.find((each) => each.id === id)?.text, i18n.locale) ?? id;
  const count = revisions.length;
  return (
    <details className={classes.revisions}>
      <summary>{t`${plural(count, { one: "# revision", other: "# revisions" })}`}</summary>
      <ol>
        {revisions.map((revision, index) => {
          const before = revisions[index + 1];
          const facts = changes(before?.facts ?? {}, revision.facts);
          const added = revision.flags.filter((flag) => !(before?.flags ?? []).includes(flag));
          const gone = (before?.flags ?? []).filter((flag) => !revision.flags.includes(flag));
          const lines = [
            ...Object.entries(facts).map(
              ([id, answer]) => `${questionWord(id)}: ${answer === null ? t`not answered` : answerWord(id, answer)}`,
            ),
            ...added.map((flag) => `+ ${flagWord(flag)}`),
            ...gone.map((flag) => `− ${flagWord(flag)}`),
          ];
          return (
            <li key={revision.number}>
              <p>
                {revision.number} · <ClassMark of={revision.severity} />
              </p>
              <p>
                {inLanguage(revision.actor.name, i18n.locale)} · <Time us={revision.at_us} />
              </p>
              {lines.map((line) => (
                <p key={line}>
                  <Inert value={line} limit={200} />
                </p>
              ))}
              {revision.reason && (
                <small>
                  {t`reason:`} <Inert value={revision.reason} limit={300} isExpandable />
                </small>
              )}
            </li>
          );
        })}
      </ol>
    </details>
  );
}
