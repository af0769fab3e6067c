import { useLingui } from "@lingui/react/macro";
import type { IncidentClass } from "../api/names";
import { Choice } from "../shell/Choice";
import { CLASSES } from "./search";
import { useClassWord } from "./words";

interface StatedClassProps {
  readonly current: IncidentClass | null;
  readonly value: IncidentClass | undefined;
  readonly onChange: (stated: IncidentClass | undefined) => void;
}

/** People may state a graver class than the rules propose; a lighter one follows from other answers alone. */
export function StatedClass({ current, value, onChange }: StatedClassProps) {
  const { t } = useLingui();
  const classWord = useClassWord();
  const graver = current === null ? [] : CLASSES.slice(0, CLASSES.indexOf(current));
  if (graver.length === 0) return null;
  return (
    <Choice
      label={t`Class`}
      value={value ?? ""}
      onChange={(next) => onChange(graver.find((each) => each === next))}
      options={[
        { value: "", text: t`As the rules propose` },
        ...graver.map((each) => ({ value: each, text: classWord(each) })),
      ]}
    />
  );
}
