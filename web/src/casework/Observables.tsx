import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { Table } from "../table/Table";
import { Ask, type Asked } from "./Ask";
import classes from "./Casework.module.css";
import { ObservableRow } from "./ObservableRow";
import { observablesQuery } from "./queries";
import { TLPS } from "./tlp";
import { OBSERVABLE_KINDS, useObservableWord } from "./words";

/** Addresses, names, hashes and the like: defanged on screen and in copies, the city's own marked. */
export function Observables({ incidentId }: { readonly incidentId: string }) {
  const { t } = useLingui();
  const query = useInfiniteQuery(observablesQuery(incidentId));
  const mayHandle = useRight("incidents.handle");
  const word = useObservableWord();
  const [asked, setAsked] = useState<Asked>();
  const { act } = useAct();
  const add = (): void =>
    setAsked({
      title: t`Add an observable`,
      fields: [
        {
          name: "kind",
          kind: "choice",
          label: t`Kind`,
          choices: OBSERVABLE_KINDS.map((value) => ({ value, label: word(value) })),
        },
        {
          name: "value",
          kind: "line",
          label: t`Value`,
          description: t`Defanged forms such as hxxp and [.] are understood.`,
        },
        {
          name: "tlp",
          kind: "choice",
          label: t`Who may read it (TLP)`,
          isOptional: true,
          choices: [
            { value: "", label: t`As the incident` },
            ...TLPS.map((value) => ({ value, label: `TLP:${value}` })),
          ],
        },
      ],
      send: t`Add`,
      onSend: ({ kind, value = "", tlp }) => {
        const marking = TLPS.find((each) => each === tlp);
        void act(
          () =>
            answerOf(
              api.POST("/api/v1/incidents/{incident_id}/observables", {
                params: { path: { incident_id: incidentId } },
                body: {
                  kind: OBSERVABLE_KINDS.find((each) => each === kind) ?? "ipv4",
                  value,
                  ...(marking ? { tlp: marking } : {}),
                },
              }),
            ),
          { done: t`Added`, refresh: [["incident", incidentId]] },
        );
      },
    });
  const total = query.data?.pages[0]?.total ?? 0;
  const leftOut = query.data?.pages[0]?.left_out ?? 0;
  return (
    <Card
      id="observables"
      title={t`Observables`}
      aside={query.data && t`${plural(total, { one: "# observable", other: "# observables" })}`}
    >
      <Fetched query={query}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.observables);
          if (rows.length === 0)
            return <Empty why={t`No observable was seen yet: they are taken from linked alerts and from comments.`} />;
          return (
            <Table
              labelledBy="observables"
              minWidth="40rem"
              columns={[t`Value`, t`Kind`, t`First seen`, t`Seen in`, ...(mayHandle ? [t`Mark`] : [])]}
            >
              {rows.map((row) => (
                <ObservableRow
                  key={row.id}
                  row={row}
                  incidentId={incidentId}
                  onAsk={mayHandle ? setAsked : undefined}
                />
              ))}
            </Table>
          );
        }}
      </Fetched>
      {leftOut > 0 && (
        <p className={classes.meta}>
          {t`${plural(leftOut, { one: "# more was found and not kept: the incident has too many", other: "# more were found and not kept: the incident has too many" })}`}
        </p>
      )}
      <p className={classes.acts}>
        {query.hasNextPage && (
          <button type="button" className={classes.act} onClick={() => void query.fetchNextPage()}>
            {t`More observables`}
          </button>
        )}
        {mayHandle && (
          <button type="button" className={classes.act} onClick={add}>
            {t`Add an observable`}
          </button>
        )}
      </p>
      <Ask asked={asked} onClose={() => setAsked(undefined)} />
    </Card>
  );
}
