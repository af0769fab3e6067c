import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "../act/useAct";
import { peopleQuery } from "../alert/queries";
import { answerOf, api } from "../api/client";
import type { PersonLogIn, PersonView } from "../api/names";
import { inLanguage } from "../language/language";
import { rolesQuery } from "../profile/queries";
import { sessionQuery } from "../session/session";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { Table } from "../table/Table";
import { foldedIncludes } from "../text/fold";
import { Inert } from "../text/Inert";
import classes from "./Administration.module.css";
import { GivenLogIn, type LogInGiven } from "./GivenLogIn";

/** Who works here, in which role, and whether they can log in. */
export function People() {
  const { t, i18n } = useLingui();
  const people = useQuery(peopleQuery);
  const roles = useQuery(rolesQuery);
  const { data: session } = useQuery({ ...sessionQuery, enabled: false });
  const mayChange = useRight("people.change");
  const { act, isActing } = useAct();
  const [words, setWords] = useState("");
  const [given, setGiven] = useState<LogInGiven>();
  const roleName = (id: string): string =>
    inLanguage(roles.data?.roles.find((role) => role.id === id)?.name, i18n.locale) ?? id;
  const logIns: Readonly<Record<PersonLogIn, string>> = {
    works: t`can log in`,
    none: t`has no log-in`,
    disabled: t`disabled`,
  };
  const path = (account: string) => ({ params: { path: { account } } });
  const give = ({ account }: PersonView): void => {
    const send = async (): Promise<void> =>
      setGiven(await answerOf(api.POST("/api/v1/people/{account}/log-in", path(account))));
    void act(send, { done: t`New password for ${account}`, refresh: [peopleQuery.queryKey] });
  };
  const disable = ({ account }: PersonView): void => {
    void act(() => answerOf(api.POST("/api/v1/people/{account}/disable", path(account))), {
      done: t`${account} is disabled`,
      refresh: [peopleQuery.queryKey],
    });
  };
  return (
    <>
      {given && <GivenLogIn given={given} onKept={() => setGiven(undefined)} />}
      <Card
        id="people"
        title={t`People`}
        aside={t`${plural(people.data?.people.length ?? 0, { one: "# person", other: "# people" })}`}
      >
        <p className={classes.note}>
          {t`Roles stand in the organisation's file and change with its import. A person beside the file, and a lost second factor, are for whoever runs the server:`}{" "}
          <code>{ADD}</code> · <code>{RESET_FACTOR}</code>
        </p>
        <TextInput
          className={classes.search ?? ""}
          label={t`Find by name, account, role or unit`}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
          maxLength={100}
        />
        <Fetched query={people}>
          {(found) => {
            const rows = found.people.filter((each) =>
              foldedIncludes(
                [each.name.vi, each.name.en, each.account, each.home, ...each.roles, ...each.roles.map(roleName)].join(
                  " ",
                ),
                words.trim(),
              ),
            );
            if (rows.length === 0)
              return (
                <Empty
                  why={t`Nobody of that name`}
                  next={t`Try fewer letters, or look at everybody by leaving the field empty.`}
                />
              );
            return (
              <Table
                labelledBy="people"
                columns={[t`Name`, t`Roles`, t`Unit`, t`Log-in`, t`Open work`, ...(mayChange ? [t`Act`] : [])]}
              >
                {rows.map((each) => (
                  <tr key={each.id} data-off={each.is_active ? undefined : true}>
                    <th scope="row">
                      <Inert value={inLanguage(each.name, i18n.locale) ?? each.account} limit={80} />
                      <small>
                        <code>{each.account}</code>
                      </small>
                    </th>
                    <td>{each.roles.map(roleName).join(", ")}</td>
                    <td>
                      <code>
                        <Inert value={each.home} limit={63} />
                      </code>
                    </td>
                    <td>
                      {logIns[each.log_in]}
                      {each.on_duty && <small>{t`On duty`}</small>}
                    </td>
                    <td>{each.open_groups}</td>
                    {mayChange && (
                      <td className={classes.acts}>
                        {each.account !== session?.person.account && (
                          <>
                            <Button variant="default" size="xs" disabled={isActing} onClick={() => give(each)}>
                              {each.log_in === "works" ? t`New password` : t`Give a log-in`}
                              <span className="unseen"> {each.account}</span>
                            </Button>
                            {each.log_in === "works" && (
                              <Button variant="default" size="xs" disabled={isActing} onClick={() => disable(each)}>
                                {t`Disable`}
                                <span className="unseen"> {each.account}</span>
                              </Button>
                            )}
                          </>
                        )}
                      </td>
                    )}
                  </tr>
                ))}
              </Table>
            );
          }}
        </Fetched>
      </Card>
    </>
  );
}

const ADD = "khien user add ACCOUNT --role ROLE --unit UNIT";
const RESET_FACTOR = "khien user reset-second-factor ACCOUNT";
