import { useLingui } from "@lingui/react/macro";
import type { PolicyCheck, PolicyDetail } from "../api/names";
import { Card } from "../shell/Card";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import classes from "./Checks.module.css";

type Found = Pick<PolicyCheck, "cases" | "obligations" | "sourced" | "partly" | "assumed" | "legacy" | "overlaps">;

/** On what the obligations rest, and where the order of the rules decides. */
export function Checks({ detail }: { readonly detail: Found | PolicyDetail }) {
  const { t } = useLingui();
  const parts = [
    { id: "S", text: t`Law`, count: detail.sourced },
    { id: "S/A", text: t`Law, own figure`, count: detail.partly },
    { id: "A", text: t`Assumed`, count: detail.assumed },
    { id: "L", text: t`Law that is gone`, count: detail.legacy },
  ];
  const { cases } = detail;
  return (
    <Card id="checks" title={t`Checks`} aside={t`${cases} worked cases, all answered as written`}>
      <dl className={classes.counts}>
        {parts.map((each) => (
          <div key={each.id}>
            <dt>{each.text}</dt>
            <dd>{each.count}</dd>
          </div>
        ))}
      </dl>
      {detail.overlaps.length > 0 && (
        <>
          <h3 className={classes.sub} id="overlaps">
            {t`Two rules hold and answer differently; the first one decides`}
          </h3>
          <Table labelledBy="overlaps" columns={[t`Decides`, t`Beside it`, t`For example`]} minWidth="30rem">
            {detail.overlaps.map((each) => (
              <tr key={`${each.decides}-${each.beside}`}>
                <th scope="row">
                  <code>{each.decides}</code>
                </th>
                <td>
                  <code>{each.beside}</code>
                </td>
                <td>
                  <Inert value={each.case} limit={160} />
                </td>
              </tr>
            ))}
          </Table>
        </>
      )}
    </Card>
  );
}
