import { useLingui } from "@lingui/react/macro";
import { Checkbox } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { inLanguage } from "../language/language";
import { useRight } from "../session/useRights";
import { Choice } from "../shell/Choice";
import { useDatasetWord } from "../triage/words";
import classes from "./Filters.module.css";
import { CLASSES, type IncidentsSearch, KINDS, STATES } from "./search";
import { unitsQuery } from "./units";
import { WordsField } from "./WordsField";
import { useClassWord, useIncidentStateWord } from "./words";

interface FiltersProps {
  readonly search: IncidentsSearch;
  readonly onChange: (next: Partial<IncidentsSearch>) => void;
}

/** What the list shows; every choice stands in the address, so that a view can be sent to somebody. */
export function Filters({ search, onChange }: FiltersProps) {
  const { t } = useLingui();
  const stateWord = useIncidentStateWord();
  const classWord = useClassWord();
  const datasetWord = useDatasetWord();
  return (
    <div className={classes.filters} data-filters role="group" aria-label={t`Filter of the list`}>
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
        label={t`Class`}
        value={search.severity ?? ""}
        onChange={(value) => onChange({ severity: CLASSES.find((each) => each === value) })}
        options={[{ value: "", text: t`Any class` }, ...CLASSES.map((value) => ({ value, text: classWord(value) }))]}
      />
      <UnitChoice value={search.unit} onChange={(unit) => onChange({ unit })} />
      <Choice
        label={t`Dataset`}
        value={search.kind ?? "live"}
        onChange={(value) => onChange({ kind: KINDS.find((each) => each === value && each !== "live") })}
        options={KINDS.map((value) => ({ value, text: datasetWord(value) }))}
      />
      <WordsField
        key={search.words ?? ""}
        value={search.words ?? ""}
        onChange={(words) => onChange({ words: words || undefined })}
      />
      <Checkbox
        className={classes.flag}
        label={t`Mine`}
        checked={search.mine === true}
        onChange={(event) => onChange({ mine: event.currentTarget.checked || undefined })}
      />
      <Checkbox
        className={classes.flag}
        label={t`With something overdue`}
        checked={search.overdue === true}
        onChange={(event) => onChange({ overdue: event.currentTarget.checked || undefined })}
      />
    </div>
  );
}

function UnitChoice({
  value,
  onChange,
}: {
  readonly value: string | undefined;
  readonly onChange: (unit: string | undefined) => void;
}) {
  const { t, i18n } = useLingui();
  const mayRead = useRight("organisation.read");
  const { data } = useQuery({ ...unitsQuery, enabled: mayRead });
  const collator = new Intl.Collator("vi");
  const units = (data?.units ?? [])
    .map((unit) => ({ value: unit.id, text: inLanguage(unit.name, i18n.locale) ?? unit.id }))
    .toSorted((a, b) => collator.compare(a.text, b.text));
  const isListed = value === undefined || units.some((unit) => unit.value === value);
  return (
    <Choice
      label={t`Unit`}
      value={value ?? ""}
      onChange={(next) => onChange(next || undefined)}
      options={[{ value: "", text: t`Any unit` }, ...units, ...(isListed ? [] : [{ value, text: value }])]}
    />
  );
}
