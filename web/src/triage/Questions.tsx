import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Button, Select, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type KeyboardEvent, lazy, Suspense, useState } from "react";
import { peopleQuery } from "../alert/queries";
import type { PersonView } from "../api/names";
import { inLanguage } from "../language/language";
import { Dialog } from "../shell/Dialog";
import { foldedIncludes } from "../text/fold";
import type { Act } from "./acts";
import classes from "./Questions.module.css";
import { SeverityMark } from "./SeverityMark";
import { type Question, useTriage } from "./Triage";
import { useVerdictWord } from "./words";

/** The questions that one field answers. */
type Worded = Exclude<Question, { readonly kind: "incident" }>;

// A form of its own, with the questions of the policy: read when it is asked for.
const IntoIncident = lazy(async () => ({ default: (await import("../incident/IntoIncident")).IntoIncident }));

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
      {question && question.kind !== "incident" && (
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
  }
}

/** Enter sends unless an input method is composing a word; Shift+Enter makes a line. */
export function isSend(event: KeyboardEvent): boolean {
  const isComposing = event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229;
  return event.key === "Enter" && !event.shiftKey && !isComposing;
}

function Form({ question }: { readonly question: Worded }) {
  const { t, i18n } = useLingui();
  const { run, answer } = useTriage();
  const [text, setText] = useState("");
  const [to, setTo] = useState<string | null>(null);
  const people = useQuery({ ...peopleQuery, enabled: question.kind === "hand_over" });
  const count = question.rows.length;
  const first = question.rows[0];
  const labels = useLabels(question);

  const send = (): void => {
    const words = text.trim();
    if (words === "") return;
    const person = people.data?.people.find((each) => each.id === to);
    answer();
    question.after();
    void run(toAct(question, words, person), question.rows);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send();
  };
  return (
    <form onSubmit={submit} className={classes.form}>
      {count === 1 && first ? (
        <p className={classes.about}>
          <SeverityMark severity={first.severity} />
          <span>{inLanguage(first.title, i18n.locale)}</span>
        </p>
      ) : (
        <p className={classes.about}>{plural(count, { one: "# alert group", other: "# alert groups" })}</p>
      )}
      {question.kind === "hand_over" && <PersonSelect people={people.data?.people ?? []} value={to} onChange={setTo} />}
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

function toAct(question: Worded, words: string, person: PersonView | undefined): Act {
  switch (question.kind) {
    case "close":
      return { kind: "close", verdict: question.verdict, note: words };
    case "hand_over":
      return { kind: "hand_over", to: person, reason: words };
    case "note":
      return { kind: "note", text: words };
    case "reopen":
      return { kind: "reopen", reason: words };
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
  }
}

interface PersonSelectProps {
  readonly people: readonly PersonView[];
  readonly value: string | null;
  readonly onChange: (id: string | null) => void;
}

function PersonSelect({ people, value, onChange }: PersonSelectProps) {
  const { t, i18n } = useLingui();
  const byId = new Map(people.map((person) => [person.id, person]));
  const collator = new Intl.Collator("vi");
  const label = (person: PersonView): string => inLanguage(person.name, i18n.locale) ?? person.account;
  const options = people
    .filter((person) => person.is_active)
    .toSorted((a, b) => Number(b.on_duty) - Number(a.on_duty) || collator.compare(label(a), label(b)))
    .map((person) => ({ value: person.id, label: label(person) }));
  return (
    <Select
      label={t`To`}
      description={t`Empty: the coordination rules assign it again.`}
      placeholder={t`By the coordination rules`}
      data={options}
      value={value}
      onChange={onChange}
      searchable
      clearable
      clearButtonProps={{ "aria-label": t`By the coordination rules` }}
      nothingFoundMessage={t`Nobody of that name`}
      data-autofocus
      comboboxProps={{ transitionProps: { duration: 0 } }}
      filter={({ options: all, search }) =>
        all.filter((option) => !("group" in option) && foldedIncludes(option.label, search))
      }
      renderOption={({ option }) => {
        const person = byId.get(option.value);
        return (
          <span className={classes.person}>
            <span>{option.label}</span>
            {person?.on_duty && <em>{t`On duty`}</em>}
            {person && <small>{plural(person.open_groups, { one: "# open", other: "# open" })}</small>}
          </span>
        );
      }}
    />
  );
}
