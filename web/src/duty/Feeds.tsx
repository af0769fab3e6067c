import { useLingui } from "@lingui/react/macro";
import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import type { FeedView } from "../api/names";
import { Card } from "../shell/Card";
import { Choice } from "../shell/Choice";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { useNotices } from "../shell/Notices";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import classes from "./HandOvers.module.css";
import { feedsQuery } from "./queries";

type Kind = FeedView["kind"];

function useKindWord(): (kind: Kind) => string {
  const { t } = useLingui();
  return (kind) =>
    ({ person: t`My shifts (calendar)`, rota: t`The whole rota (calendar)`, board: t`Duty board (wall)` })[kind];
}

/** Addresses with a secret in them: for a calendar program, or for a screen on the wall where nobody logs in. */
export function Feeds() {
  const { t } = useLingui();
  const word = useKindWord();
  const query = useQuery(feedsQuery);
  const { act, isActing } = useAct();
  const [kind, setKind] = useState<Kind>("person");
  const [name, setName] = useState("");
  const [made, setMade] = useState<string>();
  const refresh = [["duty", "feeds"]];
  const make = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() === "" || isActing) return;
    const send = async (): Promise<void> => {
      const answer = await answerOf(api.POST("/api/v1/duty/feeds", { body: { kind, name: name.trim() } }));
      setMade(`${window.location.origin}${answer.path}`);
      setName("");
    };
    void act(send, { done: t`The address is made`, refresh });
  };
  const revoke = (id: number): void => {
    const send = () => answerOf(api.POST("/api/v1/duty/feeds/{feed_id}/revoke", { params: { path: { feed_id: id } } }));
    void act(send, { done: t`The address leads nowhere now`, refresh });
  };
  return (
    <Card id="duty-feeds" title={t`Addresses for calendars and for the wall`}>
      <form className={classes.form} onSubmit={make}>
        <p className={classes.lead}>
          {t`Whoever has such an address reads what it shows, without a log-in: shifts and roles, or on a board counts and deadlines as you may see them. It is shown once. Revoke it when a telephone or a screen is given away.`}
        </p>
        <Choice
          label={t`What for`}
          value={kind}
          options={(["person", "rota", "board"] as const).map((value) => ({ value, text: word(value) }))}
          onChange={(value) => setKind(value === "rota" || value === "board" ? value : "person")}
        />
        <TextInput
          label={t`Name, so that you know it again`}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={80}
        />
        <div>
          <Button type="submit" disabled={name.trim() === ""} loading={isActing}>{t`Make an address`}</Button>
        </div>
        {made && <Made address={made} />}
      </form>
      <Fetched query={query}>
        {({ feeds }) =>
          feeds.length === 0 ? (
            <Empty
              why={t`You have no address.`}
              next={t`Make one to see your shifts in the calendar of your telephone.`}
            />
          ) : (
            <Table labelledBy="duty-feeds" columns={[t`Name`, t`What for`, t`Made`, t`State`]} minWidth="30rem">
              {feeds.map((feed) => (
                <tr key={feed.id}>
                  <th scope="row">
                    <Inert value={feed.name} limit={80} />
                  </th>
                  <td>{word(feed.kind)}</td>
                  <td>
                    <Time us={feed.made_us} />
                  </td>
                  <td>
                    {feed.revoked_us === null ? (
                      <Button size="compact-sm" variant="default" disabled={isActing} onClick={() => revoke(feed.id)}>
                        {t`Revoke`}
                      </Button>
                    ) : (
                      <>
                        {t`revoked`} <Time us={feed.revoked_us} />
                      </>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Fetched>
    </Card>
  );
}

function Made({ address }: { readonly address: string }) {
  const { t } = useLingui();
  const { announce, complain } = useNotices();
  const copy = (): void => {
    navigator.clipboard.writeText(address).then(
      () => announce(t`The address is copied`),
      () => complain(t`The browser did not let the page copy. Select the address and copy it by hand.`),
    );
  };
  return (
    <div className={classes.acts} role="status">
      <TextInput
        label={t`The address; it is not shown again`}
        value={address}
        readOnly
        onFocus={(event) => event.currentTarget.select()}
        w="100%"
      />
      <Button variant="default" onClick={copy}>{t`Copy`}</Button>
    </div>
  );
}
