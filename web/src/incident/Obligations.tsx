import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Basis } from "../alert/Basis";
import type { IncidentDetail, ObligationView } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { useAsk } from "./Asking";
import classes from "./Obligations.module.css";
import { isUndone } from "./obligation";
import { vocabularyQuery } from "./queries";
import stacked from "./Stacked.module.css";
import { TimeLeft } from "./TimeLeft";
import { useMeansWord, useObligationStateWord, useOrderWord } from "./words";

/** Whom the rules say to tell: what, how, by when, on what basis, and what became of it. What is undone stands first. */
export function Obligations({ detail }: { readonly detail: IncidentDetail }) {
  const { t } = useLingui();
  const undone = detail.obligations.filter((each) => isUndone(each.state));
  const ended = detail.obligations.filter((each) => !isUndone(each.state));
  const open = undone.length;
  return (
    <Card
      id="obligations"
      title={t`Who must be told`}
      aside={t`${plural(open, { one: "# open obligation", other: "# open obligations" })}`}
    >
      {detail.obligations.length === 0 ? (
        <p>
          {detail.is_owing ? (
            t`The rules ask nobody to be told of such a case.`
          ) : (
            <NothingYet state={detail.row.state} />
          )}
        </p>
      ) : (
        <div className={stacked.stacked}>
          <Table labelledBy="obligations" columns={[t`Obligation`, t`To whom`, t`By when`, t`State`]} minWidth="44rem">
            {[...undone, ...ended].map((each) => (
              <Row key={each.id} of={each} incidentId={detail.row.id} />
            ))}
          </Table>
        </div>
      )}
    </Card>
  );
}

function NothingYet({ state }: { readonly state: string }) {
  const { t } = useLingui();
  return state === "open"
    ? t`Nothing is owed yet. Obligations arise when the incident is confirmed; M1, M2 or a flag makes them at once.`
    : t`Nothing is owed.`;
}

function Row({ of, incidentId }: { readonly of: ObligationView; readonly incidentId: string }) {
  const { t, i18n } = useLingui();
  const means = useMeansWord();
  const orderWord = useOrderWord();
  const ask = useAsk();
  const { data: words } = useQuery(vocabularyQuery(incidentId));
  const form = words?.forms.find((each) => each.fulfils.includes(of.code));
  const isOpen = isUndone(of.state);
  const occurrence = of.occurrence + 1;
  return (
    <tr data-off={!isOpen || undefined}>
      <th scope="row">
        {inLanguage(of.text, i18n.locale)} <code className={classes.code}>{of.code}</code>
        {of.occurrence > 0 && <small>{t`number ${occurrence}`}</small>}
        {of.is_contact_only && (
          <small className={classes.secret}>{t`State secret: only ask for contact on the secure channel.`}</small>
        )}
        <Basis basis={of.basis} />
      </th>
      <td>
        {inLanguage(of.recipient_text, i18n.locale)}
        <small>
          {means(of.means)}
          {form && (
            <>
              {" · "}
              {t`form:`} <span className={classes.form}>{inLanguage(form.text, i18n.locale)}</span>
            </>
          )}
        </small>
      </td>
      <td>{isOpen && of.state !== "sent" ? <TimeLeft dueUs={of.due_us} /> : <Time us={of.due_us} />}</td>
      <td>
        <Standing of={of} />
        {of.actions.length > 0 && (
          <div className={classes.acts}>
            {of.actions.map((kind) => (
              <button
                key={kind}
                type="button"
                aria-label={`${orderWord(kind)}: ${inLanguage(of.text, i18n.locale) ?? of.code}, ${inLanguage(of.recipient_text, i18n.locale) ?? of.recipient}`}
                onClick={() => ask({ kind, obligation: of })}
              >
                {orderWord(kind)}
              </button>
            ))}
          </div>
        )}
      </td>
    </tr>
  );
}

/** What became of it: told to whom and when, confirmed under which number, late or waived and why. */
function Standing({ of }: { readonly of: ObligationView }) {
  const { t } = useLingui();
  const word = useObligationStateWord();
  return (
    <div className={classes.standing}>
      <b data-state={of.state}>{word(of.state)}</b>
      {of.born_overdue && <small>{t`already past when it arose`}</small>}
      {of.sent_us !== null && (
        <small>
          {t`told`} <Time us={of.sent_us} />
          {of.sent_to && (
            <>
              {": "}
              <Inert value={of.sent_to} limit={120} />
            </>
          )}
        </small>
      )}
      {of.receipt && (
        <small>
          {t`receipt`} <Inert value={of.receipt} limit={120} />
        </small>
      )}
      {of.approve_by_us !== null && of.approved_us === null && (
        <small className={classes.waits}>
          {t`sent without an approver; to be approved by`} <Time us={of.approve_by_us} />
        </small>
      )}
      {of.approved_us !== null && (
        <small>
          {t`approved`} <Time us={of.approved_us} />
        </small>
      )}
      {of.reason && (
        <small>
          {t`reason:`} <Inert value={of.reason} limit={200} isExpandable />
        </small>
      )}
    </div>
  );
}
