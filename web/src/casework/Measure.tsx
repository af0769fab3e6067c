import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import type { MeasureAct, MeasureView } from "../api/names";
import { inLanguage } from "../language/language";
import { defang } from "../text/defang";
import { Inert } from "../text/Inert";
import { serverSeconds } from "../time/now";
import { Time } from "../time/Time";
import { Ask, type Asked } from "./Ask";
import { filled, useMeasureFields } from "./acts";
import classes from "./Casework.module.css";
import { SecondParty } from "./SecondParty";
import { useMeasureActionWord, useMeasureStateWord, useMeasureWord } from "./words";

const TONES: Partial<Readonly<Record<MeasureView["state"], string>>> = {
  active: "good",
  failed: "bad",
  proposed: "warn",
};
const ACTIONS: readonly string[] = [
  "approve",
  "reject",
  "activate",
  "activated",
  "review",
  "remove",
  "removed",
  "fail",
] satisfies MeasureAct["action"][];

/** A countermeasure: what on what and why, where it stands, and what may be done with it now. */
export function Measure({ measure }: { readonly measure: MeasureView }) {
  const { t, i18n } = useLingui();
  const word = useMeasureWord();
  const stateWord = useMeasureStateWord();
  const actionWord = useMeasureActionWord();
  const fieldsOf = useMeasureFields();
  const [asked, setAsked] = useState<Asked>();
  const { act, isActing } = useAct();
  const who = inLanguage(measure.proposed_by.name, i18n.locale) ?? measure.proposed_by.id;
  const level = measure.level;

  const send = (action: MeasureAct["action"], values: Readonly<Record<string, string>>): void =>
    void act(
      () =>
        answerOf(
          api.POST("/api/v1/countermeasures/{number}/acts", {
            params: { path: { number: measure.id } },
            body: { kind: "countermeasure", action, version: measure.version, ...filled(values) },
          }),
        ),
      { done: actionWord(action), refresh: [["incident", measure.incident]] },
    );
  const begin = (action: MeasureAct["action"]): void => {
    const fields = fieldsOf(action, serverSeconds() * 1e6);
    if (fields.length === 0) {
      send(action, {});
      return;
    }
    setAsked({
      title: actionWord(action),
      about: `${word(measure.measure)}: ${defang(measure.target)}`,
      fields,
      send: actionWord(action),
      onSend: (values) => send(action, values),
    });
  };
  return (
    <li>
      <p className={classes.line}>
        <strong>{word(measure.measure)}</strong>
        <code>
          <Inert value={defang(measure.target)} limit={160} isExpandable />
        </code>
        <span className={classes.mark} data-tone={TONES[measure.state]}>
          {stateWord(measure.state)}
        </span>
        {measure.two && measure.approved_us === null && <span className={classes.mark}>{t`Takes two parties`}</span>}
      </p>
      <p className={classes.meta}>
        {t`proposed by ${who}`} · <Time us={measure.proposed_us} />
        {measure.asset && (
          <>
            {" · "}
            <Inert value={measure.asset} limit={63} /> ({t`level ${level}`})
          </>
        )}
      </p>
      {measure.review_us !== null && measure.ended_us === null && (
        <p className={classes.meta} data-due={measure.is_review_due || undefined}>
          {measure.is_review_due ? (
            <span className={classes.mark} data-tone="bad">
              {t`Review is due since`} <Time us={measure.review_us} />
            </span>
          ) : (
            <>
              {t`to be reviewed by`} <Time us={measure.review_us} />
            </>
          )}
        </p>
      )}
      <p className={classes.words}>
        <Inert value={measure.why} limit={300} isExpandable />
      </p>
      {measure.waiting !== null && <SecondParty incidentId={measure.incident} approval={measure.waiting} />}
      {measure.actions.length > 0 && (
        <p className={classes.acts}>
          {measure.actions.filter(isMeasureAction).map((action) => (
            <button
              type="button"
              key={action}
              className={classes.act}
              disabled={isActing || (action === "approve" && measure.waiting !== null)}
              onClick={() => begin(action)}
            >
              {actionWord(action)}
            </button>
          ))}
        </p>
      )}
      <Ask asked={asked} onClose={() => setAsked(undefined)} />
    </li>
  );
}

function isMeasureAction(action: string): action is MeasureAct["action"] {
  return ACTIONS.includes(action);
}
