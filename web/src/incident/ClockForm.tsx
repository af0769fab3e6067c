import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { IncidentDetail } from "../api/names";
import { Choice } from "../shell/Choice";
import { OrderForm } from "./OrderForm";
import { PointField } from "./PointField";
import { useOrder } from "./useOrder";
import { Words } from "./Words";

/** A clock of the law: earlier by one person, later by two. */
export function ClockForm({ detail, onDone }: { readonly detail: IncidentDetail; readonly onDone: () => void }) {
  const { t } = useLingui();
  const { send, isActing, refusal } = useOrder(detail, onDone);
  const [clock, setClock] = useState<"det" | "pd">("det");
  const nowUs = clock === "det" ? detail.row.detected_us : (detail.personal_data_us ?? undefined);
  const [toUs, setTo] = useState<number>();
  const [reason, setReason] = useState("");
  const isLater = toUs !== undefined && nowUs !== undefined && toUs > nowUs;
  return (
    <OrderForm
      send={isLater ? t`Ask for approval` : t`Move the clock`}
      onSend={() => toUs !== undefined && void send({ kind: "move_clock", clock, to_us: toUs, reason: reason.trim() })}
      isReady={toUs !== undefined && reason.trim() !== ""}
      isActing={isActing}
      refusal={refusal}
      isTwo={isLater}
    >
      <Choice
        label={t`Clock`}
        value={clock}
        onChange={(value) => setClock(value === "pd" ? "pd" : "det")}
        options={[
          { value: "det", text: t`Detected` },
          ...(detail.personal_data_us === null ? [] : [{ value: "pd", text: t`Personal data known to be affected` }]),
        ]}
      />
      <PointField
        key={clock}
        label={t`New time`}
        {...(nowUs === undefined ? {} : { startUs: nowUs })}
        onChange={setTo}
      />
      <Words label={t`Reason`} value={reason} onChange={setReason} isFirst />
    </OrderForm>
  );
}
