import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Alert, GroupRow } from "../api/names";
import { Icon, type IconName } from "../shell/Icon";
import type { AlertSearch } from "../shell/router";
import classes from "./LifeNote.module.css";

interface LifeNoteProps {
  readonly alert: Alert;
  readonly row: GroupRow;
  readonly search: AlertSearch;
}

/** What the alert no longer is, or is only nearly: said before anything else, so that nobody acts on what was taken back. */
export function LifeNote({ alert, row, search }: LifeNoteProps) {
  const { t } = useLingui();
  const amended = alert.amended ?? 0;
  const folded = alert.folded ?? 0;
  const former = alert.supersedes ?? [];
  const suppressions = (alert.suppressions ?? []).join(", ");
  const to = (id: string, text: string): ReactNode => (
    <Link to="/alerts/$groupId" params={{ groupId: row.id }} search={{ ...search, alert: id }} replace>
      {text}
    </Link>
  );
  return (
    <>
      {alert.withdrawn && (
        <Note life="withdrawn" icon="undo" title={t`Withdrawn: late events show that this was none`}>
          <p>{t`What a source held back came in later. With it the rule does not hold, and nobody is called for this alert any more. It keeps its place and its history; close the group, or go on if you know more.`}</p>
        </Note>
      )}
      {alert.superseded_by && (
        <Note life="superseded" icon="chevron" title={t`Replaced by another alert`}>
          <p>
            {t`With late events, another alert of the same rule covers this time. Look at that one.`}{" "}
            {to(alert.superseded_by, t`Open the alert that replaces it`)}
          </p>
        </Note>
      )}
      {former.length > 0 && (
        <Note
          life="supersedes"
          icon="chevron"
          title={t`${plural(former.length, { one: "Takes the place of an earlier alert", other: "Takes the place of # earlier alerts" })}`}
        >
          <p>
            {t`Late events made one alert of what was told before; state, assignee and verdict stay with the group.`}{" "}
            {to(former[0] ?? "", t`Open the earlier alert`)}
          </p>
        </Note>
      )}
      {amended > 0 && !alert.withdrawn && !alert.superseded_by && (
        <Note
          life="amended"
          icon="clock"
          title={t`${plural(amended, { one: "Changed once by late events", other: "Changed # times by late events" })}`}
        >
          <p>{t`Numbers and times are those with the late events; the history says what they were.`}</p>
        </Note>
      )}
      {alert.explanation.estimated && (
        <Note life="estimated" icon="warn" title={t`The count is an estimate`}>
          <p>{t`The rule had more groups than may be kept at once. Counts of forgotten groups were carried on and may be too high; check the events before you act.`}</p>
        </Note>
      )}
      {folded > 0 && (
        <Note
          life="folded"
          icon="copy"
          title={t`${plural(folded, { one: "# further alert was counted into this one", other: "# further alerts were counted into this one" })}`}
        >
          <p>
            {t`By suppression ${suppressions}. Hits, events, times and assets are those of all of them.`}{" "}
            <Link to="/held-back">{t`Who decided that, why and until when`}</Link>
          </p>
        </Note>
      )}
    </>
  );
}

interface NoteProps {
  readonly life: string;
  readonly icon: IconName;
  readonly title: string;
  readonly children: ReactNode;
}

function Note({ life, icon, title, children }: NoteProps) {
  return (
    <section className={classes.note} data-life={life} aria-label={title}>
      <h2>
        <Icon name={icon} />
        {title}
      </h2>
      {children}
    </section>
  );
}
