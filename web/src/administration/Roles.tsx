import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { inLanguage } from "../language/language";
import { rolesQuery } from "../profile/queries";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { Table } from "../table/Table";
import classes from "./Administration.module.css";

/** Which role may do what: the table that every route decides by. */
export function Roles() {
  const { t, i18n } = useLingui();
  const roles = useQuery(rolesQuery);
  return (
    <Card id="roles" title={t`Roles and rights`}>
      <p className={classes.note}>
        {t`The server decides by this table at every request. A right is given by a role and by nothing else; roles are given by the organisation's file.`}
      </p>
      <Fetched query={roles}>
        {(found) => (
          <div className={classes.matrix}>
            <Table
              labelledBy="roles"
              minWidth="92rem"
              columns={[
                t`Right`,
                ...found.roles.map((role) => (
                  <span key={role.id} title={role.id}>
                    {inLanguage(role.name, i18n.locale)}
                  </span>
                )),
              ]}
            >
              {found.rights.map((right) => (
                <tr key={right.id}>
                  <th scope="row">
                    {inLanguage(right.name, i18n.locale)}
                    <small>
                      <code>{right.id}</code>
                    </small>
                  </th>
                  {found.roles.map((role) => (
                    <td key={role.id}>
                      {role.rights.includes(right.id) ? (
                        <>
                          <span aria-hidden="true">{YES}</span>
                          <span className="unseen">{t`yes`}</span>
                        </>
                      ) : (
                        <span className="unseen">{t`no`}</span>
                      )}
                    </td>
                  ))}
                </tr>
              ))}
            </Table>
          </div>
        )}
      </Fetched>
    </Card>
  );
}

const YES = "●";
