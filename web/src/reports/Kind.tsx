import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api, idempotencyKey } from "../api/client";
import type { ReportKindView, ReportsAnswer } from "../api/names";
import { Ask, type Asked } from "../casework/Ask";
import classes from "../casework/Casework.module.css";
import { inLanguage } from "../language/language";
import { useNow } from "../time/now";
import { Time } from "../time/Time";
import own from "./Reports.module.css";

interface KindProps {
  readonly kind: ReportKindView;
  readonly answer: ReportsAnswer;
  readonly incidentId: string;
  readonly mayMake: boolean;
}

/** A kind of report: when its notice is due, what it would lack now, and the way to make it. */
export function Kind({ kind, answer, incidentId, mayMake }: KindProps) {
  const { t, i18n } = useLingui();
  const [asked, setAsked] = useState<Asked>();
  const { act, isActing } = useAct();
  const now = useNow();
  const title = inLanguage(kind.title, i18n.locale) ?? kind.kind;
  const lacks = kind.missing.length;
  const isLate = kind.due_us !== null && kind.due_us < now * 1e6;
  const make = (): void =>
    setAsked({
      title,
      about:
        lacks > 0
          ? t`${plural(lacks, { one: "# fact is missing; the report lists it as missing.", other: "# facts are missing; the report lists them as missing." })}`
          : t`Nothing that this report needs is missing.`,
      fields: [
        {
          name: "recipient",
          kind: "choice",
          label: t`For whom?`,
          description: t`A copy for somebody else keeps to their marking: what they may not read is left out and said to be.`,
          isOptional: true,
          choices: choices(kind, answer, i18n.locale, t`The team's own file (nothing left out)`),
        },
      ],
      send: t`Make the report`,
      onSend: ({ recipient }) =>
        void act(
          () =>
            answerOf(
              api.POST("/api/v1/incidents/{incident_id}/reports", {
                params: { path: { incident_id: incidentId }, header: { "Idempotency-Key": idempotencyKey() } },
                body: { kind: kind.kind, ...(recipient ? { recipient } : {}) },
              }),
            ),
          { done: t`Made; its files are in the list`, refresh: [["incident", incidentId]] },
        ),
    });
  return (
    <section className={own.kind} aria-label={title}>
      <h3>{title}</h3>
      <p>
        {inLanguage(kind.subject, i18n.locale)}
        {kind.due_us !== null && (
          <>
            {" · "}
            <span className={isLate ? own.late : undefined}>
              {isLate ? t`overdue since` : t`due`} <Time us={kind.due_us} />
            </span>
          </>
        )}
      </p>
      {lacks === 0 ? (
        <p className={own.whole}>{t`Every needed fact is known.`}</p>
      ) : (
        <div>
          <p>{t`${plural(lacks, { one: "# fact is missing:", other: "# facts are missing:" })}`}</p>
          <ul>
            {kind.missing.map((fact) => (
              <li key={fact.name}>{inLanguage(fact.label, i18n.locale)}</li>
            ))}
          </ul>
        </div>
      )}
      {mayMake && (
        <footer>
          <button type="button" className={classes.act} disabled={isActing} onClick={make}>
            {t`Make this report …`}
          </button>
        </footer>
      )}
      <Ask asked={asked} onClose={() => setAsked(undefined)} />
    </section>
  );
}

/** Whom this kind is owed to stands first, the team's own file before everybody. */
function choices(kind: ReportKindView, answer: ReportsAnswer, language: string, ownFile: string) {
  const isOwed = (codes: readonly string[]): boolean => codes.some((code) => kind.fulfils.includes(code));
  const recipients = answer.recipients
    .toSorted((a, b) => Number(isOwed(b.codes)) - Number(isOwed(a.codes)))
    .map(({ id, name, codes }) => ({
      value: id,
      label: `${inLanguage(name, language) ?? id}${isOwed(codes) ? ` (${codes.filter((code) => kind.fulfils.includes(code)).join(", ")})` : ""}`,
    }));
  return [{ value: "", label: ownFile }, ...recipients];
}
