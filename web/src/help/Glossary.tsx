import { useLingui } from "@lingui/react/macro";
import { TextInput } from "@mantine/core";
import { useState } from "react";
import { Card } from "../shell/Card";
import { foldedIncludes } from "../text/fold";
import { GLOSSARY, SUBJECTS, type Subject, type Term } from "./glossary";
import classes from "./HelpPage.module.css";

const IN_VIETNAMESE = new Intl.Collator("vi");
const IN_ENGLISH = new Intl.Collator("en");

/** The words in both languages, in the order of the reader's own. */
export function Glossary() {
  const { t, i18n } = useLingui();
  const [wanted, setWanted] = useState("");
  const subjects: Readonly<Record<Subject, string>> = {
    work: t`The work`,
    bodies: t`Bodies and people`,
    rules: t`Rules and duties`,
    attacks: t`Attacks`,
  };
  const isEnglish = i18n.locale === "en";
  const compare = (one: Term, other: Term): number =>
    isEnglish ? IN_ENGLISH.compare(one.en, other.en) : IN_VIETNAMESE.compare(one.vi, other.vi);
  const found = SUBJECTS.map((subject) => ({
    subject,
    terms: GLOSSARY[subject].filter(({ vi, en }) => foldedIncludes(`${vi} ${en}`, wanted.trim())).toSorted(compare),
  })).filter(({ terms }) => terms.length > 0);
  return (
    <Card id="help-words" title={t`Words`}>
      <TextInput
        className={classes.search ?? ""}
        label={t`Find a word in either language`}
        description={t`With or without tone marks.`}
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
        maxLength={60}
      />
      <div className={classes.words}>
        {found.map(({ subject, terms }) => (
          <table key={subject}>
            <caption>{subjects[subject]}</caption>
            <thead>
              <tr>
                <th scope="col">{isEnglish ? ENGLISH : VIETNAMESE}</th>
                <th scope="col">{isEnglish ? VIETNAMESE : ENGLISH}</th>
              </tr>
            </thead>
            <tbody>
              {terms.map(({ vi, en }) => (
                <tr key={en}>
                  <th scope="row" lang={isEnglish ? "en" : "vi"}>
                    {isEnglish ? en : vi}
                  </th>
                  <td lang={isEnglish ? "vi" : "en"}>{isEnglish ? vi : en}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ))}
      </div>
      <p role="status">{found.length === 0 ? t`No word like this. Ask for it, and it will be added.` : null}</p>
    </Card>
  );
}

const VIETNAMESE = "Tiếng Việt";
const ENGLISH = "English";
