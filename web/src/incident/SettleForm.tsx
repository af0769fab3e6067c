import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { IncidentDetail, ObligationView } from "../api/names";
import { inLanguage } from "../language/language";
import { useNow } from "../time/now";
import { OrderForm } from "./OrderForm";
import classes from "./OrderForm.module.css";
import { TimeLeft } from "./TimeLeft";
import { useOrder } from "./useOrder";
import { Words } from "./Words";
import { useMeansWord, useOrderWord } from "./words";

interface SettleFormProps {
  readonly detail: IncidentDetail;
  readonly kind: ObligationView["actions"][number];
  readonly obligation: ObligationView;
  readonly onDone: () => void;
}

/** One obligation: told, confirmed, waived by two, or a notice sent in haste approved. */
export function SettleForm({ detail, kind, obligation, onDone }: SettleFormProps) {
  const { t, i18n } = useLingui();
  const orderWord = useOrderWord();
  const means = useMeansWord();
  const now = useNow();
  const { send, isActing, refusal } = useOrder(detail, onDone);
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const number = obligation.id;
  const told = obligation.sent_us ?? now * 1e6;
  const isLate = kind === "fulfil" && told > obligation.due_us;
  const words = text.trim();
  const isReady = kind === "approve_notice" || (words !== "" && (!isLate || reason.trim() !== ""));
  const submit = (): void => {
    switch (kind) {
      case "tell":
        return void send({ kind, obligation: number, to: words.slice(0, 400) });
      case "fulfil":
        return void send({
          kind,
          obligation: number,
          receipt: words.slice(0, 400),
          ...(isLate ? { reason: reason.trim() } : {}),
        });
      case "waive":
        return void send({ kind, obligation: number, reason: words });
      case "approve_notice":
        return void send({ kind, obligation: number });
    }
  };
  const label = (): string => {
    switch (kind) {
      case "tell":
        return t`Who was told, and how (name, telephone, document number)`;
      case "fulfil":
        return t`Receipt: the number or the name under which they confirmed`;
      default:
        return t`Reason`;
    }
  };
  return (
    <OrderForm
      send={kind === "waive" ? t`Ask for approval` : orderWord(kind)}
      onSend={submit}
      isReady={isReady}
      isActing={isActing}
      refusal={refusal}
      isTwo={kind === "waive"}
    >
      <div className={classes.about}>
        <p>
          {inLanguage(obligation.recipient_text, i18n.locale)} · {means(obligation.means)}
        </p>
        <TimeLeft dueUs={obligation.due_us} isTight />
      </div>
      {kind !== "approve_notice" && <Words label={label()} value={text} onChange={setText} isFirst />}
      {isLate && <Words label={t`Why it was told late`} value={reason} onChange={setReason} />}
      {kind === "approve_notice" && (
        <p>{t`The duty officer sent this notice because no approver answered. Approving it says that you stand by it.`}</p>
      )}
    </OrderForm>
  );
}
