import { useLingui } from "@lingui/react/macro";
import { PersonChoice } from "./PersonChoice";

/** From level 3 on the operator of the system agrees before it counts as recovered. */
export function OperatorChoice({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (id: string) => void;
}) {
  const { t } = useLingui();
  return (
    <PersonChoice
      label={t`Operator who agrees`}
      empty={t`Choose`}
      value={value}
      onChange={onChange}
      isOnlyNamed
      among={(person) => person.roles.includes("ops.admin")}
    />
  );
}
