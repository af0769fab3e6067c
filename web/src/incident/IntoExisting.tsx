import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api, idempotencyKey } from "../api/client";
import type { DatasetKind, GroupRow } from "../api/names";
import { Choice } from "../shell/Choice";
import { Fetched } from "../shell/Fetched";
import { inertText } from "../text/escape";
import { OrderForm } from "./OrderForm";
import { openIncidentsQuery } from "./queries";

interface IntoExistingProps {
  readonly rows: readonly GroupRow[];
  readonly kind: DatasetKind;
  readonly after: () => void;
  readonly onClose: () => void;
}

/** Into an incident of the same kind that goes on: the alerts' clocks stop, the work goes on there. */
export function IntoExisting({ rows, kind, after, onClose }: IntoExistingProps) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const { act, isActing } = useAct();
  const [refusal, setRefusal] = useState<string>();
  const [incident, setIncident] = useState("");
  const query = useQuery(openIncidentsQuery(kind));
  const count = rows.length;
  const submit = async (): Promise<void> => {
    setRefusal(undefined);
    const send = async (): Promise<void> => {
      for (const row of rows) {
        const params = { path: { group_id: row.id }, header: { "Idempotency-Key": idempotencyKey() } };
        await answerOf(
          api.POST("/api/v1/groups/{group_id}/link", { params, body: { version: row.version, incident } }),
        );
      }
    };
    const done = t`${plural(count, { one: `Put into ${incident}: # alert group`, other: `Put into ${incident}: # alert groups` })}`;
    const refresh = [["incident", incident], ["incidents"], ["group"], ["queue"]];
    if (!(await act(send, { done, refresh, refused: setRefusal }))) return;
    onClose();
    after();
    void navigate({ to: "/incidents/$incidentId", params: { incidentId: incident } });
  };
  return (
    <OrderForm
      send={t`Put into an incident`}
      onSend={() => void submit()}
      isReady={incident !== ""}
      isActing={isActing}
      refusal={refusal}
    >
      <Fetched query={query}>
        {(data) =>
          data.rows.length === 0 ? (
            <p>{t`No incident of this kind goes on. Open a new one.`}</p>
          ) : (
            <Choice
              label={t`Incident`}
              value={incident}
              onChange={setIncident}
              options={[
                { value: "", text: t`Choose` },
                ...data.rows.map((row) => ({
                  value: row.id,
                  text: `${row.id} · ${row.severity ?? "–"} · ${inertText(row.title)}`,
                })),
              ]}
              isRequired
            />
          )
        }
      </Fetched>
    </OrderForm>
  );
}
