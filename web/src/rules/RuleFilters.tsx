import { useLingui } from "@lingui/react/macro";
import { TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { RulesAnswer } from "../api/names";
import { Choice } from "../shell/Choice";
import { useDatasetWord } from "../triage/words";
import classes from "./Rules.module.css";
import { KINDS, LEVELS, type RulesSearch, SORTS, techniqueOf } from "./search";
import { useLevelWord, useRuleSortWord } from "./words";

interface RuleFiltersProps {
  readonly search: RulesSearch;
  readonly packs: RulesAnswer["packs"];
  readonly countsAlerts: boolean;
  readonly onChange: (next: Partial<RulesSearch>) => void;
}

/** What the list shows; every choice stands in the address. */
export function RuleFilters({ search, packs, countsAlerts, onChange }: RuleFiltersProps) {
  const { t } = useLingui();
  const levelWord = useLevelWord();
  const sortWord = useRuleSortWord();
  const datasetWord = useDatasetWord();
  const names = [...new Set(packs.map((pack) => pack.name))];
  return (
    <div className={classes.filters} data-filters role="group" aria-label={t`Filter of the list`}>
      <Words
        key={`words ${search.words ?? ""}`}
        label={t`Words of title, name, file or tag`}
        value={search.words ?? ""}
        onChange={(words) => onChange({ words: words || undefined })}
      />
      <Words
        key={`technique ${search.technique ?? ""}`}
        label={t`ATT&CK technique`}
        placeholder={EXAMPLE}
        value={search.technique ?? ""}
        onChange={(written) => onChange({ technique: techniqueOf(written) })}
      />
      <Choice
        label={t`Level`}
        value={search.level ?? ""}
        onChange={(value) => onChange({ level: LEVELS.find((each) => each === value) })}
        options={[{ value: "", text: t`Any level` }, ...LEVELS.map((value) => ({ value, text: levelWord(value) }))]}
      />
      <Choice
        label={t`Pack`}
        value={search.pack ?? ""}
        onChange={(value) => onChange({ pack: value || undefined })}
        options={[{ value: "", text: t`Any pack` }, ...names.map((value) => ({ value, text: value }))]}
      />
      {countsAlerts && (
        <Choice
          label={t`Alerts counted`}
          value={search.kind ?? "live"}
          onChange={(value) => onChange({ kind: KINDS.find((each) => each === value && each !== "live") })}
          options={KINDS.map((value) => ({ value, text: datasetWord(value) }))}
        />
      )}
      <Choice
        label={t`Order`}
        value={search.sort ?? "noise"}
        onChange={(value) => onChange({ sort: SORTS.find((each) => each === value && each !== "noise") })}
        options={SORTS.map((value) => ({ value, text: sortWord(value) }))}
      />
    </div>
  );
}

interface WordsProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly onChange: (words: string) => void;
}

/** A field that asks the server with Enter, or when it is left. */
function Words({ label, value, placeholder, onChange }: WordsProps) {
  const { t } = useLingui();
  const [text, setText] = useState(value);
  const send = (): void => {
    if (text.trim() !== value) onChange(text.trim());
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send();
  };
  return (
    <form onSubmit={submit}>
      <TextInput
        label={label}
        placeholder={placeholder ?? t`Enter searches`}
        type="search"
        size="xs"
        maxLength={200}
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={send}
      />
    </form>
  );
}

// A technique's number is the same in every language.
const EXAMPLE = "T1110";
