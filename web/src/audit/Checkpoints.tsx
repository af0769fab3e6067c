import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { Icon } from "../shell/Icon";
import { Table } from "../table/Table";
import { Time } from "../time/Time";
import classes from "./Audit.module.css";
import { checkpointsQuery } from "./queries";

/** The newest signatures under the log. */
export function Checkpoints() {
  const { t, i18n } = useLingui();
  const query = useQuery(checkpointsQuery);
  const total = query.data?.total ?? 0;
  return (
    <Card
      id="checkpoints"
      title={t`Signed checkpoints`}
      aside={t`${plural(total, { one: "# in all", other: "# in all" })}`}
    >
      <Fetched query={query}>
        {(found) => (
          <>
            {!found.copies_outside && (
              <p className={classes.warning}>
                <Icon name="warn" />
                <span>
                  {t`No folder for copies outside is set. Whoever can write to the store could write all of it anew; against a copy that would show. Start the API with:`}{" "}
                  <code>{AUDIT_COPY}</code>
                </span>
              </p>
            )}
            {found.checkpoints.length === 0 ? (
              <Empty
                why={t`No checkpoint has been signed yet.`}
                next={t`The job “audit” signs the log every hour; whoever administers Khiên can run it now.`}
              />
            ) : (
              <div className={classes.checkpoints}>
                <Table labelledBy="checkpoints" columns={[t`No.`, t`When`, t`Records`, t`Signature`]} minWidth="24rem">
                  {found.checkpoints.map((each) => (
                    <tr key={each.number}>
                      <th scope="row">{each.number}</th>
                      <td>
                        <Time us={each.at_us} />
                      </td>
                      <td className={classes.number}>{new Intl.NumberFormat(i18n.locale).format(each.records)}</td>
                      <td>
                        {each.holds ? t`holds` : <strong className={classes.broken}>{t`does not hold`}</strong>}
                        <small>
                          <code>{each.signer}</code>
                        </small>
                      </td>
                    </tr>
                  ))}
                </Table>
              </div>
            )}
          </>
        )}
      </Fetched>
    </Card>
  );
}

const AUDIT_COPY = "khien incident-api --audit-copy …";
