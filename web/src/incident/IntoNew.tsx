import { useLingui } from "@lingui/react/macro";
import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api, idempotencyKey } from "../api/client";
import type { GroupRow, PolicyVocabulary } from "../api/names";
import { inLanguage } from "../language/language";
import { Fetched } from "../shell/Fetched";
import { inertText } from "../text/escape";
import type { Answers } from "./answers";
import { CaseForm } from "./CaseForm";
import { CasePreview } from "./CasePreview";
import { OrderForm } from "./OrderForm";
import { policyVocabularyQuery } from "./queries";

interface IntoNewProps {
  readonly rows: readonly GroupRow[];
  readonly onClose: () => void;
}

const SHORTEST = 3;

/** A title, what is known, and what follows from it by the rules before anything is written. */
export function IntoNew({ rows, onClose }: IntoNewProps) {
  const words = useQuery(policyVocabularyQuery);
  return <Fetched query={words}>{(data) => <Form rows={rows} onClose={onClose} words={data} />}</Fetched>;
}

function Form({ rows, onClose, words }: IntoNewProps & { readonly words: PolicyVocabulary }) {
  const { t, i18n } = useLingui();
  const navigate = useNavigate();
  const { act, isActing } = useAct();
  const [refusal, setRefusal] = useState<string>();
  const [title, setTitle] = useState(() => inertText(inLanguage(rows[0]?.title, i18n.locale) ?? "").slice(0, 300));
  const [answers, setAnswers] = useState<Answers>({});
  const [flags, setFlags] = useState<readonly string[]>([]);
  const [key] = useState(idempotencyKey);
  const first = useRef<HTMLInputElement>(null);
  // The form comes after the dialog, which has chosen its focus by then.
  useEffect(() => first.current?.select(), []);
  const assets = [...new Set(rows.flatMap((row) => (row.asset ? [row.asset] : [])))];
  const submit = async (): Promise<void> => {
    setRefusal(undefined);
    let opened: string | undefined;
    const body = {
      title: title.trim(),
      groups: rows.map((row) => row.id),
      assets: [],
      tags: [],
      facts: { ...answers },
      flags: [...flags],
    };
    const send = async (): Promise<void> => {
      const params = { header: { "Idempotency-Key": key } };
      const detail = await answerOf(api.POST("/api/v1/incidents", { params, body }));
      opened = detail.row.id;
    };
    const refresh = [["incidents"], ["group"], ["queue"]];
    if (!(await act(send, { done: t`Incident opened`, refresh, refused: setRefusal })) || !opened) return;
    onClose();
    void navigate({ to: "/incidents/$incidentId", params: { incidentId: opened } });
  };
  return (
    <OrderForm
      send={t`Open the incident`}
      onSend={() => void submit()}
      isReady={title.trim().length >= SHORTEST}
      isActing={isActing}
      refusal={refusal}
    >
      <TextInput
        label={t`Title`}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        maxLength={300}
        required
        withAsterisk={false}
        ref={first}
      />
      <CaseForm words={words} answers={answers} flags={flags} grave={NONE} onAnswers={setAnswers} onFlags={setFlags} />
      <CasePreview supposed={{ assets: assets.length > 0 ? assets : ["–"], facts: answers, flags }} />
    </OrderForm>
  );
}

const NONE: ReadonlySet<string> = new Set();
