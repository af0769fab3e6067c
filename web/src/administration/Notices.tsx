import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { NoticeState } from "../api/names";
import { inLanguage } from "../language/language";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { Icon } from "../shell/Icon";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import classes from "./Administration.module.css";
import { noticesQuery } from "./queries";
import { TestNotice } from "./TestNotice";

const STATES = [
  "dead",
  "failed",
  "no_endpoint",
  "queued",
  "sending",
  "sent",
  "delivered",
  "receipted",
  "withdrawn",
  "withheld",
  "simulated",
] as const satisfies readonly NoticeState[];

/** What was told to whom, and whether it arrived; what reached nobody first. */
export function Notices() {
  const { t, i18n } = useLingui();
  const [state, setState] = useState<NoticeState>();
  const notices = useInfiniteQuery(noticesQuery(state));
  const mayTest = useRight("notices.test");
  const words: Readonly<Record<NoticeState, string>> = {
    dead: t`reached nobody`,
    failed: t`failed, tried again`,
    no_endpoint: t`no channel or address`,
    queued: t`queued`,
    sending: t`being sent`,
    sent: t`sent`,
    delivered: t`delivered`,
    receipted: t`receipt given`,
    withdrawn: t`withdrawn`,
    withheld: t`withheld`,
    simulated: t`drill, not sent`,
  };
  const first = notices.data?.pages[0];
  return (
    <>
      {mayTest && <TestNotice />}
      <Card id="notices" title={t`Notices of the team, newest first`}>
        {first?.channels.length === 0 && (
          <p className={classes.bad}>
            <Icon name="warn" />
            {t`No channel is set up: nothing can leave the house. People see their notices in the page alone. Channels stand in notifications.yaml of the folder of data.`}
          </p>
        )}
        <div className={classes.states} role="group" aria-label={t`By state`}>
          <button type="button" aria-pressed={state === undefined} onClick={() => setState(undefined)}>
            {t`All`}
          </button>
          {STATES.filter((each) => each === "dead" || each === state || (first?.states[each] ?? 0) > 0).map((each) => (
            <button type="button" key={each} aria-pressed={state === each} onClick={() => setState(each)}>
              {words[each]} <b>{first?.states[each] ?? 0}</b>
            </button>
          ))}
        </div>
        <Fetched query={notices}>
          {(found) => {
            const rows = found.pages.flatMap((page) => page.rows);
            if (rows.length === 0)
              return (
                <Empty
                  why={state ? t`No notice is in this state.` : t`Nobody has been told anything yet.`}
                  next={!state && t`Notices come with alerts that wait, incidents and their deadlines.`}
                />
              );
            return (
              <Table labelledBy="notices" columns={[t`Made`, t`To`, t`About`, t`By`, t`State`]} minWidth="54rem">
                {rows.map((row) => (
                  <tr key={row.id}>
                    <th scope="row">
                      <Time us={row.made_us} />
                    </th>
                    <td>
                      {row.recipient}
                      {row.contact && <small>{inLanguage(row.contact, i18n.locale)}</small>}
                    </td>
                    <td>
                      <Inert value={inLanguage(row.title ?? undefined, i18n.locale) ?? row.template} limit={140} />
                      <small>
                        <code>{row.subject}</code> · {row.tlp}
                      </small>
                    </td>
                    <td>
                      {row.kind ?? row.channel}
                      {row.address && (
                        <small>
                          <Inert value={row.address} limit={80} />
                        </small>
                      )}
                    </td>
                    <td className={row.state === "dead" ? classes.failing : undefined}>
                      {words[row.state]}
                      {row.receipt && <small>{t`receipt: ${row.receipt}`}</small>}
                      {row.reason && (
                        <small>
                          <Inert value={row.reason} limit={160} />
                        </small>
                      )}
                    </td>
                  </tr>
                ))}
              </Table>
            );
          }}
        </Fetched>
        {notices.hasNextPage && (
          <div className={classes.acts}>
            <Button
              variant="default"
              size="xs"
              loading={notices.isFetchingNextPage}
              onClick={() => void notices.fetchNextPage()}
            >
              {t`Show older notices`}
            </Button>
          </div>
        )}
      </Card>
    </>
  );
}
