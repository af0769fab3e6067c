import { useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useChangesOf } from "../live/Live";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { PageFrame } from "../shell/PageFrame";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { DayOf } from "./DayOf";
import { Parts } from "./Parts";
import { versionsQuery } from "./queries";
import { useVersionStateWord } from "./VersionState";

/** Every version of the rules with its state, the newest first. */
export function VersionsPage() {
  const { t } = useLingui();
  const mayDraft = useRight("policy.draft");
  const queries = useQueryClient();
  const query = useQuery(versionsQuery);
  const word = useVersionStateWord();
  useChangesOf("policy", () => void queries.invalidateQueries({ queryKey: ["policy"] }));
  return (
    <PageFrame
      title={t`Versions and signing`}
      name={t`Versions of the coordination rules`}
      lead={t`A version is drafted, checked, signed by one person of each side, and decides from its first day. Nothing else puts rules in force.`}
      actions={mayDraft && <Link to="/coordination/draft">{t`New draft`}</Link>}
    >
      <Parts />
      <Card id="versions" title={t`All versions`}>
        <Fetched query={query}>
          {({ versions }) =>
            versions.length === 0 ? (
              <Empty why={t`No version is known yet.`} next={t`The team leader uploads the first draft.`} />
            ) : (
              <Table
                labelledBy="versions"
                columns={[t`Version`, t`State`, t`Since`, t`Holds from`, t`Signatures`, t`Hash`]}
                minWidth="50rem"
              >
                {versions.map((each) => (
                  <tr
                    key={each.sha256}
                    data-off={each.state === "withdrawn" || each.state === "superseded" || undefined}
                  >
                    <th scope="row">
                      <Link to="/coordination/versions/$sha256" params={{ sha256: each.sha256 }}>
                        <Inert value={`${each.id} ${each.version}`} limit={60} />
                      </Link>
                    </th>
                    <td>{word(each.state)}</td>
                    <td>
                      <Time us={each.since_us} />
                    </td>
                    <td>
                      <DayOf day={each.effective_from} />
                    </td>
                    <td>{each.signatures.length}</td>
                    <td>
                      <code>{each.short}</code>
                    </td>
                  </tr>
                ))}
              </Table>
            )
          }
        </Fetched>
      </Card>
    </PageFrame>
  );
}
