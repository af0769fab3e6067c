import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { IncidentDetail } from "../api/names";
import { OrderForm } from "./OrderForm";
import { PointField } from "./PointField";
import { useOrder } from "./useOrder";
import { Words } from "./Words";

/** A replay becomes a real incident: from when it counts as detected is what the person states. */
export function PromoteForm({ detail, onDone }: { readonly detail: IncidentDetail; readonly onDone: () => void }) {
  const { t } = useLingui();
  const { send, isActing, refusal } = useOrder(detail, onDone);
  const [atUs, setAt] = useState<number>();
  const [reason, setReason] = useState("");
  return (
    <OrderForm
      send={t`Make it a real incident`}
      onSend={() =>
        void send({ kind: "promote", reason: reason.trim(), ...(atUs === undefined ? {} : { detected_us: atUs }) })
      }
      isReady={reason.trim() !== ""}
      isActing={isActing}
      refusal={refusal}
    >
      <PointField label={t`Detected (empty: now)`} onChange={setAt} />
      <Words label={t`Reason`} value={reason} onChange={setReason} isFirst />
    </OrderForm>
  );
}
