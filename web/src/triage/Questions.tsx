import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Button, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type KeyboardEvent, lazy, Suspense, useLayoutEffect, useRef, useState } from "react";
import { peopleQuery } from "../alert/queries";
import type { PersonView } from "../api/names";
import { inLanguage } from "../language/language";
import { Dialog } from "../shell/Dialog";
import type { Act } from "./acts";
import { PersonSelect } from "./PersonSelect";
import classes from "./Questions.module.css";
import { SeverityMark } from "./SeverityMark";
import { DEFAULT_SILENCE, type Silence, SilenceFields, untilOf } from "./SilenceFields";
import { type Question, useTriage } from "./Triage";
import { useVerdictWord } from "./words";

/** The questions that one field answers. */
type Worded = Exclude<Question, { readonly kind: "incident" | "escalate" }>;

// A form of its own, with the questions of the policy: read when it is asked for.
const IntoIncident = lazy(async () => ({ default: (await import("../incident/IntoIncident")).IntoIncident }));

const Escalation = lazy(async () => ({ default: (await import("./Escalation")).Escalation }));

/** What the page asks before an act that needs words: a note, a reason, a person. Enter sends, Esc leaves. */
export function Questions() {
  const { question, answer } = useTriage();
  const title = useTitle(question);
  return (
    <Dialog
      isOpen={question !== undefined}
      onClose={answer}
      title={title}
      size={question?.kind === "incident" ? "60rem" : "34rem"}
    >
      {question?.kind === "incident" && (
        <Suspense>
          <IntoIncident rows={question.rows} after={question.after} onClose={answer} />
        </Suspense>
      )}
      {question?.kind === "escalate" && question.rows[0] && (
        <Suspense>
          <Escalation row={question.rows[0]} after={question.after} />
        </Suspense>
      )}
      {question && question.kind !== "incident" && question.kind !== "escalate" && (
        <Form question={question} key={`${question.kind}-${question.rows.map((row) => row.id).join()}`} />
      )}
    </Dialog>
  );
}

function useTitle(question: Question | undefined): string {
  const { t } = useLingui();
  const verdictWord = useVerdictWord();
  if (!question) return "";
  switch (question.kind) {
    case "close": {
      const verdict = verdictWord(question.verdict);
      return t`Close as “${verdict}”`;
    }
    case "hand_over":
      return t`Hand over`;
    case "note":
      return t`Write a note`;
    case "reopen":
      return t`Reopen`;
    case "incident":
      return t`Put into an incident`;
    case "escalate":
      return t`Escalate by the coordination rules`;
    case "suppress":
      return t`Suppress for a time`;
  }
}

/** Enter sends unless an input method is composing a word; Shift+Enter makes a line. */
export function isSend(event: KeyboardEvent): boolean {
  const isComposing = event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229;
  return event.key === "Enter" && !event.shiftKey && !isComposing;
}

function Form({ question }: { readonly question: Worded }) {
  const { t, i18n } = useLingui();
  const { run, runAll, answer } = useTriage();
  const [text, setText] = useState("");
  const [to, setTo] = useState<string | null>(null);
  const people = useQuery({ ...peopleQuery, enabled: question.kind === "hand_over" });
  const [silence, setSilence] = useState<Silence>(DEFAULT_SILENCE);
  const count = question.all?.total ?? question.rows.length;
  const first = question.all ? undefined : question.rows[0];
  const labels = useLabels(question);
  const form = useRef<HTMLFormElement>(null);
  // At once, not when the dialog has settled: whoever types right behind the key loses no letter.
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>("[data-autofocus]")?.focus(), []);

  const send = (): void => {
    const words = text.trim();
    if (words === "") return;
    const person = people.data?.people.find((each) => each.id === to);
    answer();
    question.after();
    const act = toAct(question, words, person, silence);
    if (question.all) void runAll(act, question.all.query);
    else void run(act, question.rows);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send();
  };
  return (
    <form ref={form} onSubmit={submit} className={classes.form}>
      {count === 1 && first ? (
        <p className={classes.about}>
          <SeverityMark severity={first.severity} />
          <span>{inLanguage(first.title, i18n.locale)}</span>
        </p>
      ) : (
        <p className={classes.about}>{plural(count, { one: "# alert group", other: "# alert groups" })}</p>
      )}
      {question.kind === "hand_over" && <PersonSelect people={people.data?.people ?? []} value={to} onChange={setTo} />}
      {question.kind === "suppress" && <SilenceFields value={silence} onChange={setSilence} />}
      <Textarea
        label={labels.field}
        description={labels.why}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (!isSend(event)) return;
          event.preventDefault();
          send();
        }}
        autosize={false}
        rows={3}
        maxLength={2000}
        required
        withAsterisk={false}
        data-autofocus={question.kind !== "hand_over" || undefined}
      />
      <footer>
        <p>{t`Enter sends · Shift+Enter starts a line · Esc leaves`}</p>
        <Button type="submit" disabled={text.trim() === ""}>
          {labels.send}
        </Button>
      </footer>
    </form>
  );
}

function toAct(question: Worded, words: string, person: PersonView | undefined, silence: Silence): Act {
  switch (question.kind) {
    case "close":
      return { kind: "close", verdict: question.verdict, note: words };
    case "hand_over":
      return { kind: "hand_over", to: person, reason: words };
    case "note":
      return { kind: "note", text: words };
    case "reopen":
      return { kind: "reopen", reason: words };
    case "suppress":
      return { kind: "suppress", reason: words, scope: silence.scope, untilUs: untilOf(silence) };
  }
}

function useLabels(question: Worded): { readonly field: string; readonly why?: string; readonly send: string } {
  const { t } = useLingui();
  switch (question.kind) {
    case "close":
      return {
        field: t`Why?`,
        why: t`The next person who meets this rule reads it.`,
        send: t`Close it`,
      };
    case "hand_over":
      return { field: t`Reason`, send: t`Hand over` };
    case "note":
      return { field: t`Note`, send: t`Write` };
    case "reopen":
      return { field: t`Reason`, send: t`Reopen` };
    case "suppress":
      return {
        field: t`Reason`,
        why: t`Hits are still counted, and something graver calls again.`,
        send: t`Suppress`,
      };
  }
}
