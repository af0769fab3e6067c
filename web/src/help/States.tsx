import { useLingui } from "@lingui/react/macro";
import type { State, Verdict } from "../api/names";
import { Card } from "../shell/Card";
import { useStateWord, useVerdictWord } from "../triage/words";
import classes from "./HelpPage.module.css";

/** What a state and a verdict mean; exhaustive, so that a new one breaks the build until it is explained. */
export function States() {
  const { t } = useLingui();
  const stateWord = useStateWord();
  const verdictWord = useVerdictWord();
  const states: Readonly<Record<State, string>> = {
    new: t`The rules named somebody and the clock runs. New hits join the group.`,
    taken: t`The clock stands still. An hour without an act or a note (critical: 30 minutes) and the holder is reminded; 15 minutes later somebody else gets it.`,
    linked: t`The work goes on in the incident; new hits join until the incident has ended.`,
    suppressed: t`Nobody is called until the day that was named. Hits are counted; a graver one brings it back at once.`,
    closed: t`Judged. What new hits do is written on the row: a new group, attached, or opened again.`,
  };
  const verdicts: Readonly<Record<Verdict, string>> = {
    true: t`It was an attack or a breach of rules.`,
    expected: t`The rule is right, but this was allowed: an announced scan, maintenance, a drill of the operators.`,
    false_positive: t`The rule is wrong: what it describes did not happen. Say why, so that somebody mends the rule.`,
    duplicate: t`The same matter is already worked on elsewhere.`,
    registered: t`Closed by the signed coordination rules, with a sample for people. Only ever low.`,
    exercise: t`It belongs to an exercise.`,
    undetermined: t`It cannot be found out any more. Say what is missing.`,
  };
  return (
    <Card id="help-states" title={t`States and verdicts`}>
      <h3 className={classes.subtitle}>{t`States of an alert group`}</h3>
      <dl className={classes.facts}>
        {Object.entries(states).map(([state, text]) => (
          <Meaning key={state} word={stateWord(state as State)} text={text} />
        ))}
      </dl>
      <h3 className={classes.subtitle}>{t`Verdicts`}</h3>
      <dl className={classes.facts}>
        {Object.entries(verdicts).map(([verdict, text]) => (
          <Meaning key={verdict} word={verdictWord(verdict as Verdict)} text={text} />
        ))}
      </dl>
    </Card>
  );
}

function Meaning({ word, text }: { readonly word: string; readonly text: string }) {
  return (
    <>
      <dt>{word}</dt>
      <dd>{text}</dd>
    </>
  );
}
