import { useLingui } from "@lingui/react/macro";
import { Button, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useLayoutEffect, useRef, useState } from "react";
import { Basis } from "../alert/Basis";
import { escalationQuery } from "../alert/queries";
import type { EscalationNotice, EscalationPreview, GroupRow } from "../api/names";
import { inLanguage } from "../language/language";
import { Fetched } from "../shell/Fetched";
import { useErrorText } from "../shell/Notices";
import { Time } from "../time/Time";
import classes from "./Escalation.module.css";
import { isSend } from "./Questions";
import questions from "./Questions.module.css";
import { SeverityMark } from "./SeverityMark";
import { useTriage } from "./Triage";

interface EscalationProps {
  readonly row: GroupRow;
  readonly after: () => void;
}

/** Up the ladder now: to whom and why, who is told, what follows; then the reason. A refusal is said here and nothing is lost. */
export function Escalation({ row, after }: EscalationProps) {
  const { i18n } = useLingui();
  const query = useQuery(escalationQuery(row.id));
  return (
    <div className={questions.form}>
      <p className={questions.about}>
        <SeverityMark severity={row.severity} />
        <span>{inLanguage(row.title, i18n.locale)}</span>
      </p>
      <Fetched query={query}>
        {(preview) => (
          <>
            <What preview={preview} />
            <Reason row={row} preview={preview} after={after} again={() => void query.refetch()} />
          </>
        )}
      </Fetched>
    </div>
  );
}

function What({ preview }: { readonly preview: EscalationPreview }) {
  const { t, i18n } = useLingui();
  const word = (text: { readonly vi?: string; readonly en?: string } | null): string =>
    inLanguage(text ?? undefined, i18n.locale) ?? "–";
  return (
    <dl className={classes.what}>
      <dt>{t`To`}</dt>
      <dd>
        <strong>{word(preview.to.name)}</strong> <small>{word(preview.whom)}</small>
        {preview.is_unattended && (
          <p className={classes.nobody}>{t`Nobody is on duty for it: this person is of record only`}</p>
        )}
      </dd>
      <dt>{t`Why`}</dt>
      <dd>
        {word(preview.rule.text)}
        {preview.decided_by && <p>{word(preview.decided_by)}</p>}
        <Basis basis={preview.rule.basis} />
        <Rules rules={preview.rules.filter((rule) => rule.decides)} />
        {preview.rules.some((rule) => !rule.decides) && (
          <details className={classes.passed}>
            <summary>{t`Other rules that spoke`}</summary>
            <Rules rules={preview.rules.filter((rule) => !rule.decides)} />
          </details>
        )}
        {preview.passed.length > 0 && (
          <p className={classes.passed}>
            {t`Passed over, because they are not above those who have it: ${preview.passed.map(word).join(", ")}`}
          </p>
        )}
      </dd>
      <dt>{t`Is told`}</dt>
      <dd>
        {preview.notices.length === 0 ? (
          t`Nobody by a message of its own`
        ) : (
          <ul>
            {preview.notices.map((notice) => (
              <li key={`${notice.recipient} ${notice.channel}`}>
                {word(notice.name)} <NoticeWay notice={notice} />
              </li>
            ))}
          </ul>
        )}
      </dd>
      <dt>{t`Then`}</dt>
      <dd>
        {t`It waits to be taken, until`} <Time us={preview.acknowledge_due_us} />
        {preview.follows && preview.follows_us !== null && (
          <p>
            {t`If nobody takes it, it goes on to: ${word(preview.follows)}`} · <Time us={preview.follows_us} />
          </p>
        )}
      </dd>
    </dl>
  );
}

function Rules({ rules }: { readonly rules: EscalationPreview["rules"] }) {
  const { i18n } = useLingui();
  return rules.map((rule) => (
    <p key={rule.id} className={classes.rule}>
      {inLanguage(rule.text, i18n.locale)}
      <Basis basis={rule.basis} />
    </p>
  ));
}

function NoticeWay({ notice }: { readonly notice: EscalationNotice }) {
  const { t } = useLingui();
  const way = (): string => {
    switch (notice.channel) {
      case "app":
        return t`on the page`;
      case "first":
        return t`by the first way of contact`;
      case "second":
        return t`by the second way of contact`;
      case "voice":
        return t`by telephone`;
    }
  };
  const what = (): string | undefined => {
    switch (notice.state) {
      case "simulated":
        return t`in an exercise: nothing leaves the house`;
      case "no_endpoint":
        return t`no address is known`;
      case "withheld":
        return t`withheld: above what the recipient may see`;
      default:
        return undefined;
    }
  };
  const more = what();
  return (
    <small data-bad={notice.state === "no_endpoint" || notice.state === "withheld" || undefined}>
      {way()}
      {more && ` · ${more}`}
    </small>
  );
}

interface ReasonProps extends EscalationProps {
  readonly preview: EscalationPreview;
  readonly again: () => void;
}

function Reason({ row, preview, after, again }: ReasonProps) {
  const { t } = useLingui();
  const { run, turns, answer } = useTriage();
  const errorText = useErrorText();
  const [text, setText] = useState("");
  const [refusal, setRefusal] = useState<string>();
  const [isSending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => form.current?.querySelector("textarea")?.focus(), []);
  const send = async (): Promise<void> => {
    const reason = text.trim();
    if (reason === "" || isSending) return;
    setSending(true);
    setRefusal(undefined);
    // What was looked at is what is decided on: the version of the preview counts, not that of the list.
    turns.remember({ ...row, version: preview.version });
    const [refused] = await run({ kind: "escalate", to: preview.to, reason }, [row]);
    setSending(false);
    if (refused !== undefined) {
      setRefusal(errorText(refused));
      again();
      return;
    }
    answer();
    after();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void send();
  };
  return (
    <form ref={form} onSubmit={submit} className={questions.form}>
      {refusal && (
        <p role="alert" className={classes.refusal}>
          {refusal}
        </p>
      )}
      <Textarea
        label={t`Reason`}
        description={t`Whoever gets it reads it; it stays in the history.`}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (!isSend(event)) return;
          event.preventDefault();
          void send();
        }}
        autosize={false}
        rows={3}
        maxLength={2000}
        required
        withAsterisk={false}
        data-autofocus
      />
      <footer>
        <p>{t`Enter sends · can be taken back for 60 seconds · Esc leaves`}</p>
        <Button type="submit" disabled={text.trim() === "" || isSending}>
          {t`Escalate`}
        </Button>
      </footer>
    </form>
  );
}
