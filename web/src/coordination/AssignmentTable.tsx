import { useLingui } from "@lingui/react/macro";
import type { Rulebook } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Table } from "../table/Table";
import { formatSpan } from "../time/format";
import { SeverityMark } from "../triage/SeverityMark";
import { BasisMark } from "./BasisMark";
import classes from "./Book.module.css";
import { matching } from "./matching";

const SEVERITY = { low: 1, medium: 2, high: 3, critical: 4 } as const;

interface TableProps {
  readonly book: Rulebook;
  readonly needle: string;
}

/** Who gets an alert; the first rule that holds decides. */
export function AssignmentTable({ book, needle }: TableProps) {
  const { t, i18n } = useLingui();
  const rows = matching(book.assignment, needle);
  if (rows.length === 0) return null;
  return (
    <Card id="assignment" title={t`Who gets an alert`} aside={t`Read from above: the first rule that holds decides.`}>
      <Table
        labelledBy="assignment"
        columns={[t`Rule`, t`When`, t`Goes to`, t`Who leads`, t`Also told`, t`Legal basis`]}
        minWidth="62rem"
      >
        {rows.map((each) => (
          <tr key={each.id}>
            <th scope="row">
              {inLanguage(each.text, i18n.locale)} <code className={classes.code}>{each.id}</code>
            </th>
            <td>{each.when ? inLanguage(each.when, i18n.locale) : t`every other alert`}</td>
            <td>{inLanguage(each.role, i18n.locale)}</td>
            <td>{inLanguage(each.lead, i18n.locale)}</td>
            <td>{each.inform.map((role) => inLanguage(role, i18n.locale)).join(", ") || "–"}</td>
            <td className={classes.basis}>
              <BasisMark of={each.basis} />
            </td>
          </tr>
        ))}
      </Table>
      <h3 className={classes.sub}>{t`When nobody there is on duty, the next of this list is asked`}</h3>
      <ol className={classes.rules}>
        {book.ladder.map((rung, index) => {
          const number = index + 1;
          return (
            <li key={rung.id}>
              {`${number}. ${inLanguage(rung.text, i18n.locale) ?? ""}`}
              {rung.unattended && <small> {t`in name only: shown as attended by nobody`}</small>}
            </li>
          );
        })}
      </ol>
    </Card>
  );
}

/** Until when an alert must be taken, and who is told when nobody does. */
export function TakeByTable({ book, needle }: TableProps) {
  const { t, i18n } = useLingui();
  const rows = matching(book.take_by, needle);
  if (rows.length === 0) return null;
  return (
    <Card id="take-by" title={t`Until when an alert must be taken`}>
      <Table
        labelledBy="take-by"
        columns={[t`Severity`, t`Deadline`, t`Who is told while nobody takes it`]}
        minWidth="40rem"
      >
        {rows.map((each) => (
          <tr key={each.level}>
            <th scope="row">
              <SeverityMark severity={SEVERITY[each.level]} />
            </th>
            <td>
              {formatSpan(each.minutes * 60, i18n.locale)}
              <small>{each.time === "wall" ? t`nights and days off count` : t`working time only`}</small>
            </td>
            <td>
              <ol className={classes.rules}>
                {each.steps.map((step) => {
                  const after = formatSpan(step.after_minutes * 60, i18n.locale);
                  return (
                    <li key={step.after_minutes}>
                      {step.after_minutes === 0 ? t`at once` : t`after ${after}`}: {inLanguage(step.text, i18n.locale)}
                      {step.channel === "second" && <small> {t`by the second channel too`}</small>}
                    </li>
                  );
                })}
              </ol>
            </td>
          </tr>
        ))}
      </Table>
      <BasisMark of={book.take_by_basis} />
    </Card>
  );
}
