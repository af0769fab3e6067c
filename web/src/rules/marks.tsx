import type { RuleLevel, RuleState } from "../api/names";
import { ShapedWord } from "../triage/SeverityMark";
import classes from "./Rules.module.css";
import { useLevelWord, useRuleStateWord } from "./words";

export function StateMark({ state }: { readonly state: RuleState }) {
  const word = useRuleStateWord();
  return (
    <b className={classes.state} data-state={state}>
      {word(state)}
    </b>
  );
}

/** A rule whose level could not be read has none. */
export function LevelMark({ level }: { readonly level: RuleLevel | null }) {
  const word = useLevelWord();
  if (level === null) return NONE;
  if (level === "informational") return <span className={classes.faint}>{word(level)}</span>;
  return <ShapedWord name={level}>{word(level)}</ShapedWord>;
}

const NONE = "–";
