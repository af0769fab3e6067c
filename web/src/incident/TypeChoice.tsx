import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { inLanguage } from "../language/language";
import { Choice } from "../shell/Choice";
import { vocabularyQuery } from "./queries";

interface TypeChoiceProps {
  readonly incidentId: string;
  readonly value: string;
  readonly onChange: (type: string) => void;
  readonly isRequired?: boolean;
}

/** The kind of incident, of the taxonomy that the policy carries (RSIT). */
export function TypeChoice({ incidentId, value, onChange, isRequired = false }: TypeChoiceProps) {
  const { t, i18n } = useLingui();
  const { data } = useQuery(vocabularyQuery(incidentId));
  const options = (data?.types ?? []).map((type) => ({
    value: type.id,
    text: inLanguage(type.text, i18n.locale) ?? type.id,
    group: inLanguage(type.of, i18n.locale) ?? "",
  }));
  return (
    <Choice
      label={t`Kind of incident`}
      value={value}
      onChange={onChange}
      options={[{ value: "", text: t`Choose` }, ...options]}
      isRequired={isRequired}
    />
  );
}
