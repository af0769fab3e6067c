import { useLingui } from "@lingui/react/macro";
import { useDatasetWord } from "../triage/words";
import { Choice } from "./Choice";
import classes from "./Filters.module.css";
import { type IncidentsSearch, KINDS, STATES } from "./search";
import { useIncidentStateWord } from "./words";

interface FiltersProps {
  readonly search: IncidentsSearch;
  readonly onChange: (next: Partial<IncidentsSearch>) => void;
}

/** What the list shows; every choice stands in the address, so that a view can be sent to somebody. */
export function Filters({ search, onChange }: FiltersProps) {
  const { t } = useLingui();
  const stateWord = useIncidentStateWord();
  const datasetWord = useDatasetWord();
  return (
    <div className={classes.filters} role="group" aria-label={t`Filter of the list`}>
      <Choice
        label={t`State`}
        value={search.state ?? ""}
        onChange={(value) => onChange({ state: ([...STATES, "every"] as const).find((each) => each === value) })}
        options={[
          { value: "", text: t`Not ended` },
          ...STATES.map((value) => ({ value, text: stateWord(value) })),
          { value: "every", text: t`In any state` },
        ]}
      />
      <Choice
        label={t`Dataset`}
        value={search.kind ?? "live"}
        onChange={(value) => onChange({ kind: KINDS.find((each) => each === value && each !== "live") })}
        options={KINDS.map((value) => ({ value, text: datasetWord(value) }))}
      />
    </div>
  );
}
