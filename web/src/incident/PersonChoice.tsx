import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { peopleQuery } from "../alert/queries";
import type { PersonView } from "../api/names";
import { inLanguage } from "../language/language";
import { Choice } from "../shell/Choice";

interface PersonChoiceProps {
  readonly label: string;
  readonly empty: string;
  readonly value: string;
  readonly onChange: (id: string) => void;
  readonly among: (person: PersonView) => boolean;
  /** Who is only named needs no log-in: those who run a system often have none. */
  readonly isOnlyNamed?: boolean;
}

/** One of the people who may be chosen, those on duty first. */
export function PersonChoice({ label, empty, value, onChange, among, isOnlyNamed = false }: PersonChoiceProps) {
  const { t, i18n } = useLingui();
  const { data } = useQuery(peopleQuery);
  const collator = new Intl.Collator("vi");
  const options = (data?.people ?? [])
    .filter((person) => (isOnlyNamed ? person.log_in !== "disabled" : person.is_active) && among(person))
    .map((person) => ({ person, name: inLanguage(person.name, i18n.locale) ?? person.account }))
    .toSorted((a, b) => Number(b.person.on_duty) - Number(a.person.on_duty) || collator.compare(a.name, b.name))
    .map(({ person, name }) => ({ value: person.id, text: person.on_duty ? `${name} · ${t`On duty`}` : name }));
  return (
    <Choice
      label={label}
      value={value}
      onChange={onChange}
      options={[
        { value: "", text: isOnlyNamed && data && options.length === 0 ? t`Nobody has this role` : empty },
        ...options,
      ]}
    />
  );
}
