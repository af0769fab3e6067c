import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { answerOf, api } from "../api/client";
import type { ApprovalView, IncidentDetail } from "../api/names";
import { inLanguage } from "../language/language";
import { Asked } from "./Asked";
import { OrderForm } from "./OrderForm";
import classes from "./OrderForm.module.css";
import { useOrder } from "./useOrder";
import { Words } from "./Words";

interface AnswerFormProps {
  readonly detail: IncidentDetail;
  readonly kind: ApprovalView["answers"][number];
  readonly approval: ApprovalView;
  readonly onDone: () => void;
}

/** The word of the second party, or the first one takes theirs back. */
export function AnswerForm({ detail, kind, approval, onDone }: AnswerFormProps) {
  const { t, i18n } = useLingui();
  const { run, isActing, refusal } = useOrder(detail, onDone);
  const [reason, setReason] = useState("");
  const params = { path: { approval_id: approval.id } };
  const isGrant = kind === "grant";
  const submit = (): void => {
    void run(() =>
      isGrant
        ? answerOf(api.POST("/api/v1/approvals/{approval_id}/grant", { params }))
        : answerOf(api.POST("/api/v1/approvals/{approval_id}/deny", { params, body: { reason: reason.trim() } })),
    );
  };
  return (
    <OrderForm
      send={isGrant ? t`Approve and carry out` : kind === "deny" ? t`Deny` : t`Withdraw`}
      onSend={submit}
      isReady={isGrant || reason.trim() !== ""}
      isActing={isActing}
      refusal={refusal}
    >
      <div className={classes.about}>
        <p>
          {t`Asked by`} {inLanguage(approval.first.name, i18n.locale)}
        </p>
        <Asked approval={approval} />
      </div>
      {!isGrant && <Words label={t`Reason`} value={reason} onChange={setReason} isFirst />}
    </OrderForm>
  );
}
