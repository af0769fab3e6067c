import { useLingui } from "@lingui/react/macro";
import { Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { peopleQuery } from "../alert/queries";
import { inLanguage } from "../language/language";
import { useRight } from "../session/useRights";
import { foldedIncludes } from "../text/fold";
import type { AskField } from "./Ask";

interface PersonFieldProps {
  readonly field: AskField;
  readonly value: string;
  readonly isFirst: boolean;
  readonly onChange: (value: string) => void;
}

/** One of the people; whoever may not read their list writes the account. */
export function PersonField({ field, value, isFirst, onChange }: PersonFieldProps) {
  const { t, i18n } = useLingui();
  const mayRead = useRight("people.read");
  const people = useQuery({ ...peopleQuery, enabled: mayRead });
  const common = { label: field.label, description: field.description, "data-autofocus": isFirst || undefined };
  if (!mayRead)
    return (
      <TextInput {...common} value={value} onChange={(event) => onChange(event.currentTarget.value)} maxLength={128} />
    );
  const collator = new Intl.Collator("vi");
  const options = (people.data?.people ?? [])
    .filter((person) => person.is_active)
    .map((person) => ({ value: person.id, label: inLanguage(person.name, i18n.locale) ?? person.account }))
    .toSorted((a, b) => collator.compare(a.label, b.label));
  return (
    <Select
      {...common}
      data={options}
      value={value || null}
      onChange={(chosen) => onChange(chosen ?? "")}
      searchable
      clearable={field.isOptional === true}
      clearButtonProps={{ "aria-label": t`Nobody chosen` }}
      nothingFoundMessage={t`Nobody of that name`}
      limit={50}
      comboboxProps={{ transitionProps: { duration: 0 } }}
      filter={({ options: all, search }) =>
        all.filter((option) => !("group" in option) && foldedIncludes(option.label, search)).slice(0, 50)
      }
    />
  );
}
