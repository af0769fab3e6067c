import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { IncidentDetail } from "../api/names";
import { OrderForm } from "./OrderForm";
import { PersonChoice } from "./PersonChoice";
import { useOrder } from "./useOrder";
import { Words } from "./Words";

interface AssignFormProps {
  readonly detail: IncidentDetail;
  readonly onDone: () => void;
}

/** Another handler, by name or by the rules; whoever cannot handle incidents is refused by the server. */
export function AssignForm({ detail, onDone }: AssignFormProps) {
  const { t } = useLingui();
  const { send, isActing, refusal } = useOrder(detail, onDone);
  const [to, setTo] = useState("");
  const [reason, setReason] = useState("");
  return (
    <OrderForm
      send={t`Hand over`}
      onSend={() => void send({ kind: "assign", reason: reason.trim(), ...(to ? { to } : {}) })}
      isReady={reason.trim() !== ""}
      isActing={isActing}
      refusal={refusal}
    >
      <PersonChoice
        label={t`To`}
        empty={t`By the coordination rules`}
        value={to}
        onChange={setTo}
        among={(person) => person.id !== detail.row.assignee.id && person.capacity !== "observer"}
      />
      <Words label={t`Reason`} value={reason} onChange={setReason} isFirst />
    </OrderForm>
  );
}
