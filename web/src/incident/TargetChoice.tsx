import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import type { IncidentDetail } from "../api/names";
import { Choice } from "../shell/Choice";
import { inertText } from "../text/escape";
import { kindOf } from "./dataset";
import { openIncidentsQuery } from "./queries";

interface TargetChoiceProps {
  readonly detail: IncidentDetail;
  readonly value: string;
  readonly onChange: (id: string) => void;
}

/** Another incident of the same kind that goes on. */
export function TargetChoice({ detail, value, onChange }: TargetChoiceProps) {
  const { t } = useLingui();
  const { data } = useQuery(openIncidentsQuery(kindOf(detail.row.dataset)));
  const rows = (data?.rows ?? []).filter((row) => row.id !== detail.row.id);
  return (
    <Choice
      label={t`Into incident`}
      value={value}
      onChange={onChange}
      options={[
        { value: "", text: rows.length === 0 && data ? t`No other incident is open` : t`Choose` },
        ...rows.map((row) => ({ value: row.id, text: `${row.id} · ${row.severity ?? "–"} · ${inertText(row.title)}` })),
      ]}
      isRequired
    />
  );
}
