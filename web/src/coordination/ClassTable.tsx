import { useLingui } from "@lingui/react/macro";
import type { Rulebook } from "../api/names";
import { ClassMark } from "../incident/ClassMark";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Table } from "../table/Table";
import { BasisMark } from "./BasisMark";
import classes from "./Book.module.css";
import { matching } from "./matching";

/** The classes M1 to M4, what makes each of them, and who leads. */
export function ClassTable({ book, needle }: { readonly book: Rulebook; readonly needle: string }) {
  const { t, i18n } = useLingui();
  const rows = book.classes
    .map((each) => {
      // The name of a class or its lead finds all of it; a rule finds itself.
      const isWhole = matching([[each.severity, each.text, each.leads]], needle).length > 0;
      return isWhole ? each : { ...each, rules: [...matching(each.rules, needle)] };
    })
    .filter((each) => each.rules.length > 0);
  const isOutsideShown = matching([book.outside], needle).length > 0;
  if (rows.length === 0 && !isOutsideShown) return null;
  return (
    <Card id="classes" title={t`Class of an incident`} aside={t`The gravest class wins; in doubt go up.`}>
      <Table labelledBy="classes" columns={[t`Class`, t`What makes it`, t`Who leads`, t`Legal basis`]} minWidth="52rem">
        {rows.map((each) => (
          <tr key={each.severity}>
            <th scope="row" className={classes.class}>
              <ClassMark of={each.severity} />
            </th>
            <td>
              <ul className={classes.rules}>
                {each.rules.map((rule) => (
                  <li key={rule.id}>
                    {inLanguage(rule.text, i18n.locale)} <code>{rule.id}</code>
                    {rule.when?.en !== rule.text.en && (
                      <small>{rule.when ? inLanguage(rule.when, i18n.locale) : t`when no other rule holds`}</small>
                    )}
                  </li>
                ))}
              </ul>
            </td>
            <td>
              <ul className={classes.rules}>
                {each.leads.map((lead) => (
                  <li key={lead.lead.en}>
                    {inLanguage(lead.lead, i18n.locale)}
                    {each.leads.length > 1 && (
                      <small>{lead.when ? inLanguage(lead.when, i18n.locale) : t`otherwise`}</small>
                    )}
                  </li>
                ))}
              </ul>
            </td>
            <td className={classes.basis}>
              {distinct(each.rules.map((rule) => rule.basis)).map((basis) => (
                <BasisMark of={basis} key={basis.text.en} />
              ))}
            </td>
          </tr>
        ))}
        {isOutsideShown && (
          <tr>
            <th scope="row">{t`Not for the city to judge`}</th>
            <td>
              {inLanguage(book.outside.text, i18n.locale)}
              <small>{inLanguage(book.outside.when, i18n.locale)}</small>
            </td>
            <td>{inLanguage(book.outside.lead, i18n.locale)}</td>
            <td className={classes.basis}>
              <BasisMark of={book.outside.basis} />
            </td>
          </tr>
        )}
      </Table>
      <Joins book={book} needle={needle} />
    </Card>
  );
}

function distinct<T extends { readonly text: { readonly en: string } }>(bases: readonly T[]): readonly T[] {
  return [...new Map(bases.map((each) => [each.text.en, each])).values()];
}

function Joins({ book, needle }: { readonly book: Rulebook; readonly needle: string }) {
  const { t, i18n } = useLingui();
  const joins = matching(book.joins, needle);
  if (joins.length === 0) return null;
  return (
    <>
      <h3 className={classes.sub}>{t`Who joins besides`}</h3>
      <ul className={classes.rules}>
        {joins.map((each) => (
          <li key={each.id}>
            {inLanguage(each.text, i18n.locale)} <small>{inLanguage(each.when, i18n.locale)}</small>
          </li>
        ))}
      </ul>
    </>
  );
}
