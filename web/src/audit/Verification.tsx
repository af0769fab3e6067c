import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";
import type { AuditVerification } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Icon } from "../shell/Icon";
import { useErrorText, useNotices } from "../shell/Notices";
import { Time } from "../time/Time";
import classes from "./Audit.module.css";
import { progressQuery } from "./queries";

const US = 1000;

/** Walks the whole log at the server and says in a sentence whether it holds. */
export function Verification() {
  const { t } = useLingui();
  const errorText = useErrorText();
  const { announce } = useNotices();
  const verify = useMutation({
    mutationFn: async () => ({ result: await answerOf(api.GET("/api/v1/audit/verification")), atUs: Date.now() * US }),
    onSuccess: ({ result }) => announce(result.whole ? t`The log is whole` : t`The log is not whole`),
  });
  return (
    <Card id="verification" title={t`Is the log whole?`}>
      {!verify.isPending && !verify.data && (
        <p>{t`Walks every record from the first, checks each link and hash, the signed checkpoints and their copies outside.`}</p>
      )}
      {verify.isPending && <Progress />}
      {verify.isError && (
        <p role="alert" className={classes.broken}>
          <Icon name="warn" />
          {errorText(verify.error)}
        </p>
      )}
      {verify.data && !verify.isPending && <Result found={verify.data.result} atUs={verify.data.atUs} />}
      <div className={classes.more}>
        <Button onClick={() => verify.mutate()} loading={verify.isPending}>
          {verify.data ? t`Verify again` : t`Verify the chain`}
        </Button>
      </div>
    </Card>
  );
}

function Progress() {
  const { t, i18n } = useLingui();
  const { data } = useQuery(progressQuery);
  const number = (value: number): string => new Intl.NumberFormat(i18n.locale).format(value);
  if (!data?.is_running || data.records === 0) return <p role="status">{t`Walking the log …`}</p>;
  const walked = number(data.walked);
  const all = number(data.records);
  return (
    <>
      <p role="status">{t`Walking the log: ${walked} of ${all} records`}</p>
      <progress className={classes.progress} max={data.records} value={data.walked} aria-labelledby="verification" />
    </>
  );
}

function Result({ found, atUs }: { readonly found: AuditVerification; readonly atUs: number }) {
  const { t, i18n } = useLingui();
  const number = (value: number): string => new Intl.NumberFormat(i18n.locale).format(value);
  const anchored = number(found.anchored);
  const checkpoints = number(found.checkpoints);
  const { first_bad: record, bad_until: until, bad_checkpoint: checkpoint } = found;
  return (
    <>
      <p
        className={found.whole ? classes.whole : classes.broken}
        role="status"
        data-result={found.whole ? "whole" : "broken"}
      >
        <Icon name={found.whole ? "check" : "warn"} />
        <span>
          {found.whole
            ? t`${plural(found.records, { one: "The log is whole: # record, nothing changed, removed or inserted.", other: "The log is whole: # records, nothing changed, removed or inserted." })}`
            : (inLanguage(found.fault ?? undefined, i18n.locale) ?? t`The log is not whole.`)}
        </span>
      </p>
      {!found.whole && (
        <p>
          {record !== null &&
            (until === null || until === record
              ? t`First bad record: ${record}.`
              : t`Between records ${record} and ${until}.`)}{" "}
          {checkpoint !== null && t`Checkpoint: ${checkpoint}.`}{" "}
          {t`Stop here, keep the store as it is, and tell the auditor and the leader; “khien audit verify” on the server says the same without the platform.`}
        </p>
      )}
      <dl className={classes.links}>
        <dt>{t`As of`}</dt>
        <dd>
          <Time us={atUs} />
        </dd>
        <dt>{t`Covered by signatures`}</dt>
        <dd>{t`the first ${anchored} records, by ${checkpoints} checkpoints`}</dd>
        <dt>{t`Signed by`}</dt>
        <dd>
          {found.signers.length === 0
            ? t`no signature yet; the first is made within the hour`
            : found.signers.map((each) => <code key={each}>{each}</code>)}
        </dd>
        <dt>{t`End of the chain`}</dt>
        <dd>
          <code>{found.head}</code>
        </dd>
      </dl>
    </>
  );
}
