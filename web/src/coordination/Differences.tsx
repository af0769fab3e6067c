import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { PolicyDifferences } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import classes from "./Differences.module.css";

/** What a version changes against the one in force, in words, and which worked cases it answers otherwise. */
export function Differences({ found }: { readonly found: PolicyDifferences }) {
  const { t, i18n } = useLingui();
  const changes = [...found.rules, ...found.cases];
  const count = changes.length;
  const kinds = { added: t`added`, removed: t`removed`, changed: t`changed` };
  return (
    <Card
      id="differences"
      title={t`What changes against the version in force`}
      aside={t`${plural(count, { one: "# change", other: "# changes" })}`}
    >
      {count === 0 ? (
        <p>{t`Nothing changes.`}</p>
      ) : (
        <ul className={classes.changes}>
          {changes.map((each) => (
            <li key={`${each.part}/${each.place}`} data-kind={each.kind}>
              <b>{kinds[each.kind]}</b>{" "}
              <Inert value={inLanguage(each.text, i18n.locale) ?? each.place} limit={400} isExpandable />
            </li>
          ))}
        </ul>
      )}
      {found.old_cases.length > 0 && (
        <>
          <h3 className={classes.sub} id="old-cases">
            {t`Worked cases that the new rules answer otherwise`}
          </h3>
          <Table labelledBy="old-cases" columns={[t`Case`, t`Asked`, t`Before`, t`Now`]} minWidth="36rem">
            {found.old_cases.map((each) => (
              <tr key={`${each.case}-${each.what}`}>
                <th scope="row">{each.case}</th>
                <td>
                  <Inert value={each.what} limit={160} />
                </td>
                <td>
                  <Inert value={each.expected} limit={300} />
                </td>
                <td>
                  <Inert value={each.found} limit={300} />
                </td>
              </tr>
            ))}
          </Table>
        </>
      )}
    </Card>
  );
}
