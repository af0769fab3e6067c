import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { IncidentDetail } from "../api/names";
import { Choice } from "../shell/Choice";
import { OrderForm } from "./OrderForm";
import { useOrder } from "./useOrder";
import { Words } from "./Words";

const TLP = ["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"] as const;
const PAP = ["CLEAR", "GREEN", "AMBER", "RED"] as const;

/** TLP: whom it may reach; PAP: what may be done with it. Closing takes one person, opening the TLP two. */
export function MarkForm({ detail, onDone }: { readonly detail: IncidentDetail; readonly onDone: () => void }) {
  const { t } = useLingui();
  const { send, isActing, refusal } = useOrder(detail, onDone);
  const [mark, setMark] = useState("");
  const [reason, setReason] = useState("");
  const [kind, value] = mark.split(":");
  const tlp = kind === "TLP" ? TLP.find((each) => each === value) : undefined;
  const pap = kind === "PAP" ? PAP.find((each) => each === value) : undefined;
  const isOpening = tlp !== undefined && TLP.indexOf(tlp) < (TLP as readonly string[]).indexOf(detail.tlp);
  const options = [
    ...TLP.filter((each) => each !== detail.tlp).map((each) => ({
      value: `TLP:${each}`,
      text: each,
      group: t`TLP: whom it may reach`,
    })),
    ...PAP.filter((each) => each !== detail.pap).map((each) => ({
      value: `PAP:${each}`,
      text: each,
      group: t`PAP: what may be done with it`,
    })),
  ];
  return (
    <OrderForm
      send={isOpening ? t`Ask for approval` : t`Change the marking`}
      onSend={() =>
        void send({ kind: "mark", reason: reason.trim(), ...(tlp ? { tlp } : {}), ...(pap ? { pap } : {}) })
      }
      isReady={(tlp ?? pap) !== undefined && reason.trim() !== ""}
      isActing={isActing}
      refusal={refusal}
      isTwo={isOpening}
    >
      <Choice
        label={t`Marking`}
        value={mark}
        onChange={setMark}
        options={[{ value: "", text: t`Choose` }, ...options]}
        isRequired
      />
      <Words label={t`Reason`} value={reason} onChange={setReason} isFirst />
    </OrderForm>
  );
}
