import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Alert, EventView } from "../api/names";
import { Card } from "../shell/Card";
import { Icon } from "../shell/Icon";
import { useErrorText } from "../shell/Notices";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { CopyButton } from "./CopyButton";
import classes from "./Events.module.css";
import { fieldAt, fieldsOf } from "./fields";
import { eventTimeUs } from "./hits";
import { alertEventsQuery } from "./queries";

const FIRST_SHOWN = 10;

/** The events behind the alert, each to be opened down to its last field. */
export function Events({ alert }: { readonly alert: Alert }) {
  const { t } = useLingui();
  const errorText = useErrorText();
  const events = useQuery(alertEventsQuery(alert.id));
  const [isAll, setAll] = useState(false);
  const matched = new Set((alert.explanation.leaves ?? []).flatMap((leaf) => leaf.field ?? []));
  const answer = events.data;
  const all = answer?.events ?? [];
  const shown = isAll ? all : all.slice(0, FIRST_SHOWN);
  const total = t`${plural(alert.event_count, { one: "# event", other: "# events" })}`;
  return (
    <Card id="events" title={t`Events behind it`} aside={<span>{total}</span>}>
      {events.error && (
        <p className={classes.note} role="alert">
          {errorText(events.error)}
        </p>
      )}
      {events.isPending && <p className={classes.note}>{t`Reading the events`}</p>}
      <ol className={classes.events}>
        {shown.map((event) => (
          <Event key={event.id} event={event} matched={matched} />
        ))}
      </ol>
      {all.length > shown.length && (
        <button type="button" className={classes.all} onClick={() => setAll(true)}>
          {t`${plural(all.length, { other: "Show all # events" })}`}
        </button>
      )}
      {answer && answer.named < answer.event_count && (
        <p className={classes.note}>{t`The alert names its first ${answer.named} events of ${answer.event_count}.`}</p>
      )}
    </Card>
  );
}

function Event({ event, matched }: { readonly event: EventView; readonly matched: ReadonlySet<string> }) {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  if (!event.exists || !event.document) {
    return (
      <li className={classes.missing}>
        <code>{event.id}</code>
        {t`is not in the store: its retention ended, or it is in another one`}
      </li>
    );
  }
  const { document } = event;
  const time = eventTimeUs(event);
  const source = fieldAt(document, "source.ip") ?? fieldAt(document, "host.name");
  const target = fieldAt(document, "destination.ip") ?? fieldAt(document, "user.name");
  const said = fieldAt(document, "url.path") ?? fieldAt(document, "dns.question.name") ?? fieldAt(document, "message");
  return (
    <li className={classes.event}>
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span className={classes.fold} data-open={isOpen || undefined}>
          <Icon name="chevron" />
        </span>
        {time === undefined ? <span /> : <Time us={time} />}
        <code className={classes.kind}>
          <Inert value={fieldAt(document, "event.dataset") ?? "–"} limit={40} />
        </code>
        <code className={classes.summary}>
          {source && <Inert value={source} limit={60} />}
          {target && (
            <>
              {" → "}
              <Inert value={target} limit={60} />
            </>
          )}
          {said && (
            <>
              {" · "}
              <Inert value={said} limit={90} />
            </>
          )}
        </code>
      </button>
      {isOpen && <Fields document={document} matched={matched} id={event.id} />}
    </li>
  );
}

interface FieldsProps {
  readonly document: Readonly<Record<string, unknown>>;
  readonly matched: ReadonlySet<string>;
  readonly id: string;
}

function Fields({ document, matched, id }: FieldsProps) {
  const { t } = useLingui();
  const { fields, omitted } = fieldsOf(document);
  return (
    <div className={classes.fields}>
      <div className={classes.tools}>
        <code>{id}</code>
        <CopyButton value={JSON.stringify(document, undefined, 1)} label={t`the whole event`} />
      </div>
      <table>
        <caption className="unseen">{t`Fields of event ${id}`}</caption>
        <tbody>
          {fields.map((field) => (
            <tr key={field.name} data-matched={matched.has(field.name) || undefined}>
              <th scope="row">
                <code>{field.name}</code>
                {matched.has(field.name) && <span className="unseen">{t`(in the condition)`}</span>}
              </th>
              <td>
                <code>
                  <Inert value={field.value} isExpandable />
                </code>
              </td>
              <td>
                <CopyButton value={field.value} label={field.name} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {omitted > 0 && (
        <p className={classes.note}>
          {t`${plural(omitted, { one: "# more field is not shown; the copy holds it", other: "# more fields are not shown; the copy holds them" })}`}
        </p>
      )}
    </div>
  );
}
