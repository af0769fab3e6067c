import { useLingui } from "@lingui/react/macro";
import { Link, useSearch } from "@tanstack/react-router";
import type { AlertChangeView, GroupDetail, NoteView, TransitionView } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { useChangeWord, useTransitionWord, useVerdictWord } from "../triage/words";
import classes from "./History.module.css";

type Entry =
  | { readonly kind: "transition"; readonly atUs: number; readonly transition: TransitionView }
  | { readonly kind: "change"; readonly atUs: number; readonly change: AlertChangeView }
  | { readonly kind: "note"; readonly atUs: number; readonly note: NoteView };

/** The reason that the platform itself gives. */
const LATE_EVENTS = "late_events";

/** Every change and every note, newest first: who, when and why. */
export function History({ detail }: { readonly detail: GroupDetail }) {
  const { t } = useLingui();
  const entries: Entry[] = [
    ...detail.transitions.map((transition): Entry => ({ kind: "transition", atUs: transition.at_us, transition })),
    ...detail.notes.map((note): Entry => ({ kind: "note", atUs: note.at_us, note })),
    ...detail.changes.map((change): Entry => ({ kind: "change", atUs: change.at_us, change })),
  ];
  entries.sort((a, b) => b.atUs - a.atUs);
  return (
    <Card id="history" title={t`History`}>
      <ol className={classes.history}>
        {entries.map((entry) =>
          entry.kind === "note" ? (
            <Note key={`note-${entry.note.id}`} note={entry.note} />
          ) : entry.kind === "change" ? (
            <Change key={`change-${entry.change.audit_seq}`} change={entry.change} groupId={detail.row.id} />
          ) : (
            <Transition
              key={`transition-${entry.transition.version}-${entry.transition.audit_seq}`}
              transition={entry.transition}
            />
          ),
        )}
      </ol>
    </Card>
  );
}

function Note({ note }: { readonly note: NoteView }) {
  const { t, i18n } = useLingui();
  return (
    <li data-kind="note">
      <p>
        <strong>{t`Note`}</strong> · {inLanguage(note.author.name, i18n.locale)}
      </p>
      <blockquote>
        <Inert value={note.text} limit={600} isExpandable />
      </blockquote>
      <small>
        <Time us={note.at_us} />
      </small>
    </li>
  );
}

function Change({ change, groupId }: { readonly change: AlertChangeView; readonly groupId: string }) {
  const { t } = useLingui();
  const word = useChangeWord();
  const search = useSearch({ from: "/shell/alerts/$groupId" });
  const record = change.audit_seq;
  const { hits_before: before, hits_after: after } = change;
  return (
    <li data-kind={change.change}>
      <p>
        <strong>{word(change.change)}</strong>
        {before !== after && ` · ${t`hits ${before} → ${after}`}`}
        {" · "}
        <Link to="/alerts/$groupId" params={{ groupId }} search={{ ...search, alert: change.alert_id }} replace>
          {t`the alert`}
        </Link>
      </p>
      <small>
        <Time us={change.at_us} /> · {t`audit record ${record}`}
      </small>
    </li>
  );
}

function Transition({ transition }: { readonly transition: TransitionView }) {
  const { t, i18n } = useLingui();
  const word = useTransitionWord();
  const verdictWord = useVerdictWord();
  const actor = transition.actor ? inLanguage(transition.actor.name, i18n.locale) : transition.actor_job;
  const to = transition.action === "hand_over" ? inLanguage(transition.assignee?.name, i18n.locale) : undefined;
  const record = transition.audit_seq;
  return (
    <li data-kind={transition.action}>
      <p>
        <strong>{word(transition.action)}</strong>
        {transition.verdict && ` · ${verdictWord(transition.verdict)}`}
        {to && (
          <>
            {" → "}
            {to}
          </>
        )}
        {actor && ` · ${actor}`}
      </p>
      {transition.reason && (
        <blockquote>
          {transition.reason === LATE_EVENTS && !transition.actor ? (
            t`Late events: what was withdrawn when it was closed stands again`
          ) : (
            <Inert value={transition.reason} limit={600} isExpandable />
          )}
        </blockquote>
      )}
      <small>
        <Time us={transition.at_us} /> · {t`audit record ${record}`}
      </small>
    </li>
  );
}
