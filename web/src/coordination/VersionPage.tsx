import { useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { PolicyDetail } from "../api/names";
import { inLanguage } from "../language/language";
import { useChangesOf } from "../live/Live";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { PageFrame } from "../shell/PageFrame";
import { Checks } from "./Checks";
import { DayOf } from "./DayOf";
import { Differences } from "./Differences";
import { Parts } from "./Parts";
import { differencesQuery, policyQuery, versionQuery } from "./queries";
import { SignatureList } from "./SignatureList";
import { SignKey } from "./SignKey";
import { SignPaper } from "./SignPaper";
import { Steps } from "./Steps";
import { VersionState } from "./VersionState";
import { Withdraw } from "./Withdraw";

/** One version: where it stands, what it changes, what its checks say, and signing it. */
export function VersionPage() {
  const { t } = useLingui();
  const { sha256 } = useParams({ from: "/shell/coordination/versions/$sha256" });
  const queries = useQueryClient();
  const query = useQuery(versionQuery(sha256));
  useChangesOf("policy", () => void queries.invalidateQueries({ queryKey: ["policy"] }));
  const name = query.data ? `${query.data.version.id} ${query.data.version.version}` : t`Version`;
  return (
    <PageFrame title={name} name={name} actions={<Actions sha256={sha256} />}>
      <Parts />
      <Fetched query={query}>{(detail) => <Page detail={detail} />}</Fetched>
    </PageFrame>
  );
}

function Actions({ sha256 }: { readonly sha256: string }) {
  const { t } = useLingui();
  const mayDraft = useRight("policy.draft");
  return (
    <>
      <Link to="/coordination" search={{ version: sha256 }}>{t`Read these rules`}</Link>
      {mayDraft && <Link to="/coordination/simulation" search={{ version: sha256 }}>{t`Simulate`}</Link>}
    </>
  );
}

const SIGNABLE = ["draft", "signed_a", "signed_b"];

function Page({ detail }: { readonly detail: PolicyDetail }) {
  const { t, i18n } = useLingui();
  const maySign = useRight("policy.sign");
  const mayDraft = useRight("policy.draft");
  const { data: policy } = useQuery(policyQuery);
  const { version } = detail;
  const isSignable = SIGNABLE.includes(version.state);
  const differences = useQuery({ ...differencesQuery(version.sha256), enabled: version.state !== "in_force" });
  const parties = new Map(policy?.parties.map((each) => [each.id, inLanguage(each.name, i18n.locale) ?? each.id]));
  const count = version.signatures.length;
  return (
    <>
      <Card id="state" title={t`State`} aside={<code title={version.sha256}>{version.short}</code>}>
        <p>{inLanguage(detail.title, i18n.locale)}</p>
        <VersionState state={version.state} />
        <p>
          {t`Comes into force on`} <DayOf day={version.effective_from} />
        </p>
      </Card>
      <Card id="signatures" title={t`Signatures`} aside={t`${count} of 2`}>
        <SignatureList signatures={version.signatures} parties={parties} />
        {isSignable && !maySign && (
          <p>{t`Signing takes one person of each side: the head or deputy of the PC Office, and the police investigator.`}</p>
        )}
      </Card>
      {isSignable && maySign && (
        <>
          <SignKey version={version} />
          <SignPaper version={version} parties={parties} />
        </>
      )}
      {version.state !== "in_force" && (
        <Fetched query={differences}>{(found) => <Differences found={found} />}</Fetched>
      )}
      <Checks detail={detail} />
      <Steps version={version} />
      {mayDraft && (isSignable || version.state === "signed") && <Withdraw version={version} />}
    </>
  );
}
