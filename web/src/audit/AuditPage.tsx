import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { PageFrame } from "../shell/PageFrame";
import { Table } from "../table/Table";
import classes from "./Audit.module.css";
import { Checkpoints } from "./Checkpoints";
import { Filters } from "./Filters";
import { auditQuery } from "./queries";
import { RecordRow } from "./RecordRow";
import type { AuditSearch } from "./search";
import { Verification } from "./Verification";

/** Who did what, to what, when and why; and whether the log itself is whole. */
export function AuditPage() {
  const { t } = useLingui();
  const search = useSearch({ from: "/shell/audit" });
  const navigate = useNavigate({ from: "/audit" });
  const mayVerify = useRight("audit.verify");
  const records = useInfiniteQuery(auditQuery(search));
  const show = (next: AuditSearch): void => void navigate({ search: next });
  const isFiltered = Object.values(search).some((value) => value !== undefined);
  const scopes: Readonly<Record<string, string>> = {
    own: t`You see your own acts.`,
    team: t`You see the acts of the response team and of its jobs.`,
    all: t`You see every act.`,
  };
  const title = t`Audit log`;
  const scope = records.data?.pages[0]?.scope;
  return (
    <PageFrame
      title={title}
      name={title}
      lead={
        <>
          {t`Every act leaves a record that nobody can change unseen: each is linked to the one before, and the end is signed every hour.`}{" "}
          {scope && scopes[scope]}
        </>
      }
    >
      {mayVerify && (
        <div className={classes.columns}>
          <Verification />
          <Checkpoints />
        </div>
      )}
      <Card id="records" title={t`Records, newest first`}>
        <Filters key={JSON.stringify(search)} search={search} onChange={show} />
        <Fetched query={records}>
          {(found) => {
            const rows = found.pages.flatMap((page) => page.records);
            if (rows.length === 0)
              return (
                <Empty
                  why={
                    isFiltered
                      ? t`No record that you may see matches these filters.`
                      : t`You have not acted yet: there is no record of yours.`
                  }
                  next={
                    isFiltered ? (
                      <Button variant="default" onClick={() => show({})}>{t`Take the filters away`}</Button>
                    ) : (
                      t`Each act of yours is here as soon as it is done.`
                    )
                  }
                />
              );
            return (
              <>
                <Table
                  labelledBy="records"
                  columns={[
                    t`No.`,
                    t`When`,
                    t({ message: "Who", context: "timeline" }),
                    t`Act`,
                    t`Subject`,
                    t`Reason and change`,
                  ]}
                  minWidth="58rem"
                >
                  {rows.map((record) => (
                    <RecordRow key={record.seq} record={record} search={search} />
                  ))}
                </Table>
                {records.hasNextPage && (
                  <div className={classes.more}>
                    <Button
                      variant="default"
                      loading={records.isFetchingNextPage}
                      onClick={() => void records.fetchNextPage()}
                    >
                      {t`Show older records`}
                    </Button>
                  </div>
                )}
              </>
            );
          }}
        </Fetched>
      </Card>
    </PageFrame>
  );
}
