import { useLingui } from "@lingui/react/macro";
import type { PolicyVersion } from "../api/names";
import { Card } from "../shell/Card";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";

/** What happened to a version, by whom; each step stands in the audit log. */
export function Steps({ version }: { readonly version: PolicyVersion }) {
  const { t } = useLingui();
  const words: Readonly<Record<string, string>> = {
    draft: t`uploaded`,
    sign: t`signed`,
    paper: t`signature on paper entered once`,
    withdraw: t`withdrawn`,
    in_force: t`put in force`,
    superseded: t`replaced`,
  };
  return (
    <Card id="steps" title={t`What happened`}>
      <Table labelledBy="steps" columns={[t`When`, t`What`, t`By whom`, t`Audit log`]} minWidth="32rem">
        {version.steps.map((each) => (
          <tr key={each.audit_seq}>
            <th scope="row">
              <Time us={each.at_us} />
            </th>
            <td>
              {words[each.act] ?? each.act}
              {each.reason && (
                <small>
                  <Inert value={each.reason} limit={300} isExpandable />
                </small>
              )}
            </td>
            <td>
              <Inert value={each.actor} limit={80} />
            </td>
            <td>{each.audit_seq}</td>
          </tr>
        ))}
      </Table>
    </Card>
  );
}
