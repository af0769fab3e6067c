import { useLingui } from "@lingui/react/macro";
import { TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";

/** Words of a title, or a number; Enter asks the server. */
export function WordsField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (words: string) => void;
}) {
  const { t } = useLingui();
  const [text, setText] = useState(value);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onChange(text.trim());
  };
  return (
    <form onSubmit={submit} role="search">
      <TextInput
        label={t`Words or number`}
        placeholder={t`Enter searches`}
        type="search"
        size="xs"
        maxLength={200}
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={() => onChange(text.trim())}
      />
    </form>
  );
}
