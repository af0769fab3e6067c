import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { IncidentClass, IncidentDetail, OfferedAct } from "../api/names";
import { inLanguage } from "../language/language";
import { Choice } from "../shell/Choice";
import { useFieldWord } from "./fields";
import { OperatorChoice } from "./OperatorChoice";
import { OrderForm } from "./OrderForm";
import { Owed } from "./Owed";
import { StatedClass } from "./StatedClass";
import { TargetChoice } from "./TargetChoice";
import { TypeChoice } from "./TypeChoice";
import { useOrder } from "./useOrder";
import { Words } from "./Words";
import { useActionWord } from "./words";

interface MoveFormProps {
  readonly detail: IncidentDetail;
  readonly act: OfferedAct;
  readonly onDone: () => void;
}

/** One step of the table, with the fields that it asks of this case. */
export function MoveForm({ detail, act, onDone }: MoveFormProps) {
  const { t, i18n } = useLingui();
  const actionWord = useActionWord();
  const fieldWord = useFieldWord();
  const { send, isActing, refusal } = useOrder(detail, onDone);
  const [fields, setFields] = useState<Readonly<Record<string, string>>>({});
  const [type, setType] = useState(detail.row.type ?? "");
  const [stated, setStated] = useState<IncidentClass>();
  const [isWithout, setWithout] = useState(false);
  const asksEvidence = act.asks.includes("evidence");
  const evidence = isWithout ? "without_evidence" : "evidence";
  const isConfirm = act.action === "confirm";
  const texts = [...act.required.filter((name) => name !== "target"), ...(asksEvidence ? [evidence] : [])];
  const others = [
    ...act.required.filter((name) => name === "target"),
    ...act.asks.filter((name) => name === "operator"),
  ];
  const needed = [...texts, ...others];
  const isReady =
    needed.every((name) => (fields[name] ?? "").trim() !== "") && (!isConfirm || type !== "") && act.refusal === null;
  const put = (name: string) => (value: string) => setFields((before) => ({ ...before, [name]: value }));
  const submit = (): void => {
    const given = Object.fromEntries(needed.map((name) => [name, (fields[name] ?? "").trim()]));
    void send({
      kind: "move",
      action: act.action,
      fields: given,
      ...(isConfirm && type ? { type } : {}),
      ...(stated ? { severity: stated } : {}),
    });
  };
  const standing = act.refusal ? inLanguage(act.refusal, i18n.locale) : undefined;
  return (
    <OrderForm
      send={act.two ? t`Ask for approval` : actionWord(act.action)}
      onSend={submit}
      isReady={isReady}
      isActing={isActing}
      refusal={refusal ?? standing}
      isTwo={act.two}
    >
      {act.action === "close" && <Owed detail={detail} />}
      {isConfirm && <TypeChoice incidentId={detail.row.id} value={type} onChange={setType} isRequired />}
      {isConfirm && <StatedClass current={detail.row.severity} value={stated} onChange={setStated} />}
      {act.required.includes("target") && (
        <TargetChoice detail={detail} value={fields.target ?? ""} onChange={put("target")} />
      )}
      {asksEvidence && (
        <Choice
          label={t`Evidence before anything is wiped`}
          value={isWithout ? "without" : "with"}
          onChange={(value) => setWithout(value === "without")}
          options={[
            { value: "with", text: t`Captured` },
            { value: "without", text: t`Not captured, because …` },
          ]}
        />
      )}
      {texts.map((name, index) => (
        <Words
          key={name}
          label={fieldWord(name)}
          value={fields[name] ?? ""}
          onChange={put(name)}
          isFirst={index === 0 && !isConfirm}
        />
      ))}
      {act.asks.includes("operator") && <OperatorChoice value={fields.operator ?? ""} onChange={put("operator")} />}
    </OrderForm>
  );
}
