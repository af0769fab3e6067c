import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api, idempotencyKey } from "../api/client";
import type { IncidentDetail, IncidentOrder } from "../api/names";

/** An order without the version: the one on screen is put in when it is sent. */
export type OrderOf<Order = IncidentOrder> = Order extends unknown ? Omit<Order, "version"> : never;

/** Sends one order about an incident; a refusal is said in the form, which stays as it was filled in. */
export function useOrder(detail: IncidentDetail, onDone: () => void) {
  const { t } = useLingui();
  const { act, isActing } = useAct();
  const [refusal, setRefusal] = useState<string>();
  const { id, version } = detail.row;
  const refresh = [["incident", id], ["incidents"], ["group"], ["tasks"]];
  const run = async (request: () => Promise<unknown>): Promise<void> => {
    setRefusal(undefined);
    if (await act(request, { done: t`Done: ${id}`, refresh, refused: setRefusal })) onDone();
  };
  const send = (order: OrderOf): Promise<void> => {
    const params = { path: { incident_id: id }, header: { "Idempotency-Key": idempotencyKey() } };
    const body = { ...order, version } as IncidentOrder; // the parts of one member of the union make that member
    return run(() => answerOf(api.POST("/api/v1/incidents/{incident_id}/acts", { params, body })));
  };
  return { send, run, isActing, refusal };
}
