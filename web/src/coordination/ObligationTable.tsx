import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { BookObligation, IncidentClass, Rulebook } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Table } from "../table/Table";
import { BasisMark } from "./BasisMark";
import classes from "./Book.module.css";
import { matching } from "./matching";

interface ObligationTableProps {
  readonly book: Rulebook;
  readonly needle: string;
  readonly of?: IncidentClass | undefined;
}

/** Whom the city must tell, until when, by which means and on which form. */
export function ObligationTable({ book, needle, of }: ObligationTableProps) {
  const { t, i18n } = useLingui();
  const inClass = book.obligations.filter((each) => !of || each.classes.length === 0 || each.classes.includes(of));
  const rows = matching(inClass, needle);
  const count = rows.length;
  if (count === 0) return null;
  return (
    <Card
      id="obligations"
      title={t`Who must be told, and by when`}
      aside={t`${plural(count, { one: "# obligation", other: "# obligations" })}`}
    >
      <Table
        labelledBy="obligations"
        columns={[t`Obligation`, t`When`, t`To whom`, t`Deadline`, t`How and on which form`, t`Legal basis`]}
        minWidth="72rem"
      >
        {rows.map((each) => (
          <tr key={each.code}>
            <th scope="row">
              {inLanguage(each.text, i18n.locale)} <code className={classes.code}>{each.code}</code>
            </th>
            <td>{inLanguage(each.when, i18n.locale)}</td>
            <td className={classes.to}>
              <Recipients of={each} />
            </td>
            <td className={classes.due}>
              <Due of={each} />
            </td>
            <td>
              {inLanguage(each.means_text, i18n.locale)}
              {each.forms.map((form) => (
                <span className={classes.form} key={form.en}>
                  {inLanguage(form, i18n.locale)}
                </span>
              ))}
            </td>
            <td className={classes.basis}>
              <BasisMark of={each.basis} />
            </td>
          </tr>
        ))}
      </Table>
      <p className={classes.note}>{t`Clocks of the law run through nights, weekends and Tết; they never pause.`}</p>
    </Card>
  );
}

function Recipients({ of }: { readonly of: BookObligation }) {
  const { t, i18n } = useLingui();
  return (
    <ul className={classes.rules}>
      {of.to.map((each) => {
        const only = each.classes.join(", ");
        return (
          <li key={each.id}>
            {inLanguage(each.text, i18n.locale)}
            {only !== "" && <small> {t`only ${only}`}</small>}
            {each.by_owner && <small> {t`each owner concerned`}</small>}
          </li>
        );
      })}
    </ul>
  );
}

function Due({ of }: { readonly of: BookObligation }) {
  const { t, i18n } = useLingui();
  const hours = of.repeat_hours ?? 0;
  return (
    <>
      <ul className={classes.rules}>
        {of.due.map((each) => {
          const only = each.classes.join(", ");
          return (
            <li key={each.text.en}>
              {inLanguage(each.text, i18n.locale)}
              {only !== "" && <small> {t`only ${only}`}</small>}
              {only === "" && of.due.length > 1 && <small> {t`otherwise`}</small>}
            </li>
          );
        })}
      </ul>
      {of.repeat_hours !== null && (
        <small>{t`${plural(hours, { one: "again every hour until recovery", other: "again every # hours until recovery" })}`}</small>
      )}
    </>
  );
}
