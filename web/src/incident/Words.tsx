import { Textarea } from "@mantine/core";

interface WordsProps {
  readonly label: string;
  readonly description?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly isFirst?: boolean;
  readonly isRequired?: boolean;
  readonly rows?: number;
}

/** A few sentences of a person. Enter makes a line: what is stated here is kept for years. */
export function Words({
  label,
  description,
  value,
  onChange,
  isFirst = false,
  isRequired = true,
  rows = 2,
}: WordsProps) {
  return (
    <Textarea
      label={label}
      {...(description ? { description } : {})}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      autosize={false}
      rows={rows}
      maxLength={4000}
      required={isRequired}
      withAsterisk={false}
      data-autofocus={isFirst || undefined}
    />
  );
}
