import { useLingui } from "@lingui/react/macro";
import type { Rulebook } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Table } from "../table/Table";
import { formatSpan } from "../time/format";
import { BasisMark } from "./BasisMark";
import classes from "./Book.module.css";
import { matching } from "./matching";

type Text = Rulebook["title"];

/** Acts that take two persons of different homes. */
export function ApprovalTable({ book, needle }: { readonly book: Rulebook; readonly needle: string }) {
  const { t, i18n } = useLingui();
  const rows = matching(book.approvals.acts, needle);
  if (rows.length === 0) return null;
  const any = (texts: readonly Text[]): string =>
    new Intl.ListFormat(i18n.locale, { type: "disjunction" }).format(
      texts.map((each) => inLanguage(each, i18n.locale) ?? ""),
    );
  const silence = formatSpan(book.approvals.silence_minutes * 60, i18n.locale);
  const later = formatSpan(book.approvals.later_approval_hours * 3600, i18n.locale);
  return (
    <Card id="approvals" title={t`Acts that take both parties`} aside={t`Two persons of different organisations`}>
      <Table labelledBy="approvals" columns={[t`Act`, t`One party`, t`The other party`, t`The first word waits`]}>
        {rows.map((each) => (
          <tr key={each.act}>
            <th scope="row">{inLanguage(each.text, i18n.locale)}</th>
            <td>{any(each.first)}</td>
            <td>{any(each.second)}</td>
            <td>{formatSpan(each.minutes * 60, i18n.locale)}</td>
          </tr>
        ))}
      </Table>
      <p className={classes.note}>
        {t`When no approver answers for ${silence}, the duty officer sends the immediate notice; the approval follows within ${later}.`}
      </p>
      <BasisMark of={book.approvals.basis} />
    </Card>
  );
}
