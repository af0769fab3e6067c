import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { Rulebook } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Table } from "../table/Table";
import { BasisMark } from "./BasisMark";
import classes from "./Book.module.css";
import { matching } from "./matching";

interface TableProps {
  readonly book: Rulebook;
  readonly needle: string;
}

/** Who is reminded while an obligation is open. */
export function ReminderTable({ book, needle }: TableProps) {
  const { t, i18n } = useLingui();
  const rows = matching(book.reminders, needle);
  if (rows.length === 0) return null;
  return (
    <Card id="reminders" title={t`Who is reminded of an obligation`}>
      <Table labelledBy="reminders" columns={[t`Of the time gone`, t`Who is told`, t`Besides`]} minWidth="36rem">
        {rows.map((each) => {
          const share = new Intl.NumberFormat(i18n.locale, { style: "percent" }).format(each.percent / 100);
          return (
            <tr key={each.percent}>
              <th scope="row">{share}</th>
              <td>{each.tell.map((who) => inLanguage(who, i18n.locale)).join(", ")}</td>
              <td>
                {[
                  each.second_channel && t`by the second channel too`,
                  each.late_reason && t`a reason for the delay is asked`,
                ]
                  .filter(Boolean)
                  .join("; ") || "–"}
              </td>
            </tr>
          );
        })}
      </Table>
      <BasisMark of={book.reminders_basis} />
    </Card>
  );
}

/** Requests of the police in writing, and what comes again with the calendar. */
export function FurtherDuties({ book, needle }: TableProps) {
  const { t, i18n } = useLingui();
  const requests = matching(book.requests, needle);
  const periodic = matching(book.periodic, needle);
  return (
    <>
      {requests.length > 0 && (
        <Card
          id="requests"
          title={t`Written requests of the police`}
          aside={t`from receipt; nights and days off count`}
        >
          <Table labelledBy="requests" columns={[t`Request`, t`Answer within`, t`When urgent`, t`Legal basis`]}>
            {requests.map((each) => {
              const { hours, urgent_hours: urgent } = each;
              return (
                <tr key={each.code}>
                  <th scope="row">
                    {inLanguage(each.text, i18n.locale)} <code className={classes.code}>{each.code}</code>
                  </th>
                  <td>{t`${plural(hours, { one: "# hour", other: "# hours" })}`}</td>
                  <td>{t`${plural(urgent, { one: "# hour", other: "# hours" })}`}</td>
                  <td className={classes.basis}>
                    <BasisMark of={each.basis} />
                  </td>
                </tr>
              );
            })}
          </Table>
        </Card>
      )}
      {periodic.length > 0 && (
        <Card id="periodic" title={t`What comes again with the calendar`}>
          <Table labelledBy="periodic" columns={[t`Duty`, t`When`, t`To whom`, t`Legal basis`]}>
            {periodic.map((each) => (
              <tr key={each.code}>
                <th scope="row">
                  {inLanguage(each.text, i18n.locale)} <code className={classes.code}>{each.code}</code>
                </th>
                <td>{inLanguage(each.when, i18n.locale)}</td>
                <td>{each.to.map((who) => inLanguage(who, i18n.locale)).join(", ")}</td>
                <td className={classes.basis}>
                  <BasisMark of={each.basis} />
                </td>
              </tr>
            ))}
          </Table>
        </Card>
      )}
    </>
  );
}
