import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { IncidentClass, IncidentDetail, PolicyVocabulary } from "../api/names";
import { Fetched } from "../shell/Fetched";
import { type Answers, changes } from "./answers";
import { CaseForm } from "./CaseForm";
import { CasePreview } from "./CasePreview";
import { OrderForm } from "./OrderForm";
import { vocabularyQuery } from "./queries";
import { StatedClass } from "./StatedClass";
import { TypeChoice } from "./TypeChoice";
import { useOrder } from "./useOrder";
import { Words } from "./Words";

interface ReviseFormProps {
  readonly detail: IncidentDetail;
  readonly onDone: () => void;
}

/** New answers, flags or a stated class: the next numbered revision. Lowering M1 or M2 takes two; the server says so. */
export function ReviseForm({ detail, onDone }: ReviseFormProps) {
  const words = useQuery(vocabularyQuery(detail.row.id));
  return <Fetched query={words}>{(data) => <Form detail={detail} onDone={onDone} words={data} />}</Fetched>;
}

function Form({ detail, onDone, words }: ReviseFormProps & { readonly words: PolicyVocabulary }) {
  const { t } = useLingui();
  const { send, isActing, refusal } = useOrder(detail, onDone);
  const before: Answers = detail.facts;
  const [answers, setAnswers] = useState<Answers>(before);
  const [flags, setFlags] = useState<readonly string[]>(detail.row.flags);
  const [type, setType] = useState(detail.row.type ?? "");
  const [stated, setStated] = useState<IncidentClass>();
  const [reason, setReason] = useState("");
  const grave = new Set(detail.severity.could_raise.flatMap((each) => each.facts));
  const facts = changes(before, answers);
  const isFlagged = [...flags].sort().join() !== [...detail.row.flags].sort().join();
  const isTyped = type !== "" && type !== (detail.row.type ?? "");
  const isChanged = Object.keys(facts).length > 0 || isFlagged || isTyped || stated !== undefined;
  const submit = (): void => {
    void send({
      kind: "revise",
      reason: reason.trim(),
      ...(Object.keys(facts).length > 0 ? { facts } : {}),
      ...(isFlagged ? { flags: [...flags] } : {}),
      ...(isTyped ? { type } : {}),
      ...(stated ? { severity: stated } : {}),
    });
  };
  const assets = detail.assets.map((asset) => String(asset.id ?? "–"));
  return (
    <OrderForm
      send={t`Write the revision`}
      onSend={submit}
      isReady={isChanged && reason.trim() !== ""}
      isActing={isActing}
      refusal={refusal}
    >
      <CaseForm words={words} answers={answers} flags={flags} grave={grave} onAnswers={setAnswers} onFlags={setFlags} />
      <TypeChoice incidentId={detail.row.id} value={type} onChange={setType} />
      <StatedClass current={detail.row.severity} value={stated} onChange={setStated} />
      <CasePreview supposed={{ assets, facts: answers, flags }} />
      <Words label={t`Reason`} value={reason} onChange={setReason} />
    </OrderForm>
  );
}
