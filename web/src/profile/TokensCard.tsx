import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "../act/useAct";
import { api, doneOf } from "../api/client";
import type { TokenView } from "../api/names";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { CopyText } from "./CopyText";
import { MakeToken } from "./MakeToken";
import classes from "./Profile.module.css";
import { tokensQuery } from "./queries";

export function TokensCard({ rights }: { readonly rights: readonly string[] }) {
  const { t } = useLingui();
  const tokens = useQuery(tokensQuery);
  const { act, isActing } = useAct();
  const [isMaking, setMaking] = useState(false);
  const [secret, setSecret] = useState<string>();
  const revoke = (token: TokenView): void => {
    const name = token.name;
    void act(() => doneOf(api.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id: token.id } } })), {
      done: t`Token ${name} revoked`,
      refresh: [tokensQuery.queryKey],
    });
  };
  const count = tokens.data?.tokens.length ?? 0;
  return (
    <Card
      id="tokens"
      title={t`Access tokens for scripts`}
      aside={t`${plural(count, { one: "# token", other: "# tokens" })}`}
    >
      <p className={classes.note}>
        {t`A script shows a token instead of logging in. It may do at most what you may, never what asks for the second factor, and it ends by itself.`}
      </p>
      {secret && (
        <section className={classes.once} aria-labelledby="token-secret">
          <h3 id="token-secret">{t`The new token: shown now and never again`}</h3>
          <code className={classes.secret} data-secret>
            {secret}
          </code>
          <p className={classes.small}>
            {t`It goes into a header:`} <code>{AUTHORIZATION}</code>
          </p>
          <div className={classes.row}>
            <CopyText text={secret} label={t`Copy the token`} />
            <Button size="xs" onClick={() => setSecret(undefined)}>
              {t`I have kept it`}
            </Button>
          </div>
        </section>
      )}
      <Fetched query={tokens}>
        {(found) =>
          found.tokens.length === 0 ? (
            <Empty
              why={t`No token of yours counts.`}
              next={t`Make one when a script needs it; give it few rights and a near end.`}
            />
          ) : (
            <Table
              labelledBy="tokens"
              columns={[
                t`Name`,
                t`Rights`,
                t`Made`,
                t`Last used`,
                t`Ends`,
                <span key="act" className="unseen">{t`Act`}</span>,
              ]}
            >
              {found.tokens.map((token) => (
                <tr key={token.id}>
                  <th scope="row">
                    <Inert value={token.name} limit={80} />
                  </th>
                  <td>
                    <code>{token.rights.join(" ")}</code>
                  </td>
                  <td>
                    <Time us={token.created_us} />
                  </td>
                  <td>{token.last_used_us === null ? t`never` : <Time us={token.last_used_us} />}</td>
                  <td>
                    <Time us={token.expires_us} />
                  </td>
                  <td>
                    <Button variant="default" size="xs" disabled={isActing} onClick={() => revoke(token)}>
                      {t`Revoke`} <span className="unseen">{token.name}</span>
                    </Button>
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Fetched>
      <div className={classes.row}>
        <Button onClick={() => setMaking(true)}>{t`Make a token`}</Button>
      </div>
      <MakeToken isOpen={isMaking} onClose={() => setMaking(false)} rights={rights} onMade={setSecret} />
    </Card>
  );
}

const AUTHORIZATION = "Authorization: Bearer khien_…";
