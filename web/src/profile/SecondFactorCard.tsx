import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { Icon } from "../shell/Icon";
import { Time } from "../time/Time";
import classes from "./Profile.module.css";
import { secondFactorQuery } from "./queries";
import { RecoveryCodes } from "./RecoveryCodes";
import { SetUp } from "./SetUp";

/** Fewer codes than this, and it is time to ask for a reset while the telephone still works. */
const FEW_CODES = 3;

export function SecondFactorCard({ account }: { readonly account: string }) {
  const { t } = useLingui();
  const queries = useQueryClient();
  const factor = useQuery(secondFactorQuery);
  const [codes, setCodes] = useState<readonly string[]>();
  const onConfirmed = (given: readonly string[]): void => {
    setCodes(given);
    void queries.invalidateQueries({ queryKey: secondFactorQuery.queryKey });
  };
  return (
    <Card id="second-factor" title={t`Second factor`}>
      {codes && <RecoveryCodes account={account} codes={codes} onKept={() => setCodes(undefined)} />}
      <Fetched query={factor}>
        {(found) => {
          const left = found.recovery_codes_left;
          if (!found.is_set_up) return <SetUp onConfirmed={onConfirmed} />;
          return (
            <>
              <p className={classes.state} data-good>
                <Icon name="check" />
                {t`In use: an authenticator on your telephone`}
              </p>
              <dl className={classes.facts}>
                <dt>{t`Recovery codes left`}</dt>
                <dd>{left}</dd>
                <dt>{t`Counts in this session until`}</dt>
                <dd>{found.proven_until_us ? <Time us={found.proven_until_us} /> : t`not given lately`}</dd>
              </dl>
              {left < FEW_CODES && (
                <p className={classes.state}>
                  <Icon name="warn" />
                  {t`${plural(left, { one: "Only # recovery code is left.", other: "Only # recovery codes are left." })}`}
                </p>
              )}
              <p className={classes.small}>
                {t`New telephone, or it is lost with the codes: whoever runs the server forgets the old one with this command, and you set it up here again.`}{" "}
                <code>{`khien user reset-second-factor ${account}`}</code>
              </p>
            </>
          );
        }}
      </Fetched>
    </Card>
  );
}
