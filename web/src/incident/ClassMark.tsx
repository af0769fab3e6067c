import { useLingui } from "@lingui/react/macro";
import type { IncidentClass } from "../api/names";
import { type SeverityName, ShapedWord } from "../triage/SeverityMark";
import { useClassWord } from "./words";

const SHAPES: Readonly<Record<IncidentClass, SeverityName>> = { M1: "critical", M2: "high", M3: "medium", M4: "low" };

/** The class of an incident by shape and word; the colour only repeats them. */
export function ClassMark({ of }: { readonly of: IncidentClass | null }) {
  const { t } = useLingui();
  const word = useClassWord();
  if (of === null) return <ShapedWord name="low">{t`Not for the city to judge`}</ShapedWord>;
  return <ShapedWord name={SHAPES[of]}>{word(of)}</ShapedWord>;
}
