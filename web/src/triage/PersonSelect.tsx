import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Select } from "@mantine/core";
import type { PersonView } from "../api/names";
import { inLanguage } from "../language/language";
import { foldedIncludes } from "../text/fold";
import classes from "./Questions.module.css";

interface PersonSelectProps {
  readonly people: readonly PersonView[];
  readonly value: string | null;
  readonly onChange: (id: string | null) => void;
}

/** Whom to give it to: who is on duty first; nobody named means that the rules choose. */
export function PersonSelect({ people, value, onChange }: PersonSelectProps) {
  const { t, i18n } = useLingui();
  const byId = new Map(people.map((person) => [person.id, person]));
  const collator = new Intl.Collator("vi");
  const label = (person: PersonView): string => inLanguage(person.name, i18n.locale) ?? person.account;
  const options = people
    .filter((person) => person.is_active)
    .toSorted((a, b) => Number(b.on_duty) - Number(a.on_duty) || collator.compare(label(a), label(b)))
    .map((person) => ({ value: person.id, label: label(person) }));
  return (
    <Select
      label={t`To`}
      description={t`Empty: the coordination rules assign it again.`}
      placeholder={t`By the coordination rules`}
      data={options}
      value={value}
      onChange={onChange}
      searchable
      clearable
      clearButtonProps={{ "aria-label": t`By the coordination rules` }}
      nothingFoundMessage={t`Nobody of that name`}
      data-autofocus
      comboboxProps={{ transitionProps: { duration: 0 } }}
      filter={({ options: all, search }) =>
        all.filter((option) => !("group" in option) && foldedIncludes(option.label, search))
      }
      renderOption={({ option }) => {
        const person = byId.get(option.value);
        return (
          <span className={classes.person}>
            <span>{option.label}</span>
            {person?.on_duty && <em>{t`On duty`}</em>}
            {person && <small>{plural(person.open_groups, { one: "# open", other: "# open" })}</small>}
          </span>
        );
      }}
    />
  );
}
