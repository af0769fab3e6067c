import { useLingui } from "@lingui/react/macro";
import { Button, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Dialog } from "../shell/Dialog";
import { localToUs } from "../time/local";
import { isSend } from "../triage/Questions";
import classes from "./Casework.module.css";
import { PersonField } from "./PersonField";

export interface AskField {
  readonly name: string;
  readonly kind: "words" | "line" | "person" | "time" | "choice";
  readonly label: string;
  readonly description?: string;
  readonly isOptional?: boolean;
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
  readonly initial?: string;
}

/** What an act asks of the person before it is sent. */
export interface Asked {
  readonly title: string;
  readonly about?: string;
  readonly fields: readonly AskField[];
  readonly send: string;
  readonly onSend: (values: Readonly<Record<string, string>>) => void;
}

interface AskProps {
  readonly asked: Asked | undefined;
  readonly onClose: () => void;
}

/** One form for every act that needs words, a person or a time. Enter sends, Esc leaves. */
export function Ask({ asked, onClose }: AskProps) {
  return (
    <Dialog isOpen={asked !== undefined} onClose={onClose} title={asked?.title ?? ""} size="34rem">
      {asked && <Form asked={asked} onClose={onClose} key={asked.title} />}
    </Dialog>
  );
}

function Form({ asked, onClose }: { readonly asked: Asked; readonly onClose: () => void }) {
  const { t } = useLingui();
  const [values, setValues] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(asked.fields.map((field) => [field.name, field.initial ?? field.choices?.[0]?.value ?? ""])),
  );
  const isWhole = asked.fields.every((field) => isFilled(field, values[field.name] ?? ""));
  const send = (): void => {
    if (!isWhole) return;
    onClose();
    asked.onSend(values);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send();
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      {asked.about && <p className={classes.words}>{asked.about}</p>}
      {asked.fields.map((field, index) => (
        <Field
          key={field.name}
          field={field}
          isFirst={index === 0}
          value={values[field.name] ?? ""}
          onChange={(value) => setValues((all) => ({ ...all, [field.name]: value }))}
          onSend={send}
        />
      ))}
      <footer>
        <p>{t`Enter sends · Shift+Enter starts a line · Esc leaves`}</p>
        <Button type="submit" disabled={!isWhole}>
          {asked.send}
        </Button>
      </footer>
    </form>
  );
}

function isFilled(field: AskField, value: string): boolean {
  if (field.kind === "time" && value !== "") return localToUs(value) !== undefined;
  return field.isOptional === true || value.trim() !== "";
}

interface FieldProps {
  readonly field: AskField;
  readonly isFirst: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onSend: () => void;
}

function Field({ field, isFirst, value, onChange, onSend }: FieldProps) {
  const common = {
    label: field.label,
    description: field.description,
    required: field.isOptional !== true,
    withAsterisk: false,
    "data-autofocus": isFirst || undefined,
  };
  switch (field.kind) {
    case "words":
      return (
        <Textarea
          {...common}
          rows={3}
          maxLength={4000}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (!isSend(event)) return;
            event.preventDefault();
            onSend();
          }}
        />
      );
    case "line":
      return (
        <TextInput
          {...common}
          maxLength={500}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "time":
      return (
        <TextInput
          {...common}
          type="datetime-local"
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "choice":
      return (
        <NativeSelect
          {...common}
          data={[...(field.choices ?? [])]}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "person":
      return <PersonField field={field} value={value} onChange={onChange} isFirst={isFirst} />;
  }
}
