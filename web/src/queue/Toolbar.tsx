import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { memo, type RefObject, useEffect, useState } from "react";
import { datasetsQuery } from "../alert/queries";
import type { Life, Sort } from "../api/names";
import { Keys } from "../keyboard/Keys";
import { shortcut } from "../keyboard/registry";
import { Icon } from "../shell/Icon";
import { inertText } from "../text/escape";
import { useDatasetWord, useLifeWord } from "../triage/words";
import { parseFilter } from "./filter";
import { Look } from "./Look";
import { levelsOf, MOST_LEVELS } from "./path";
import type { Preferences } from "./preferences";
import { SavedViews } from "./SavedViews";
import { DEFAULT_DATASET, GROUPINGS, LIVES, type QueueSearch, SORTS } from "./search";
import classes from "./Toolbar.module.css";
import { useGroupingWord, useSortWord } from "./words";

interface ToolbarProps {
  /** The rows are there: now what stands beside them may be asked for. */
  readonly isReady: boolean;
  readonly search: QueueSearch;
  readonly filterRef: RefObject<HTMLInputElement | null>;
  readonly onChange: (next: Partial<QueueSearch>) => void;
  readonly onLeave: () => void;
  readonly preferences: Preferences;
  readonly onPrefer: (change: (before: Preferences) => Preferences) => void;
}

export const Toolbar = memo(function Toolbar({
  isReady,
  search,
  filterRef,
  onChange,
  onLeave,
  preferences,
  onPrefer,
}: ToolbarProps) {
  const { t } = useLingui();
  const sortWord = useSortWord();
  const groupingWord = useGroupingWord();
  const lifeWord = useLifeWord();
  const levels = levelsOf(search.group);
  return (
    <div className={classes.toolbar}>
      <DatasetSelect
        isReady={isReady}
        value={search.dataset ?? DEFAULT_DATASET}
        onChange={(dataset) => onChange({ dataset })}
      />
      {[...levels, undefined].slice(0, MOST_LEVELS).map((by, level) => (
        <Choice
          // biome-ignore lint/suspicious/noArrayIndexKey: a level is its place
          key={level}
          label={level === 0 ? t`Group by` : t`Then by`}
          value={by ?? ""}
          onChange={(value) => {
            // A level that goes takes those inside it along; a place in the groups of before means nothing now.
            const next = [...levels.slice(0, level), ...(value ? [value] : [])];
            onChange({ group: next.join(".") || undefined, at: undefined });
          }}
          options={[
            { value: "", text: level === 0 ? t`Not grouped` : t`No further groups` },
            ...GROUPINGS.filter((each) => each === by || !levels.includes(each)).map((each) => ({
              value: each,
              text: groupingWord(each),
            })),
          ]}
        />
      ))}
      <Choice
        label={t`Order`}
        value={search.sort ?? "severity"}
        onChange={(sort) => onChange({ sort: SORTS.find((each): each is Sort => each === sort) })}
        options={SORTS.map((value) => ({ value, text: sortWord(value) }))}
      />
      <Choice
        label={t`Changed since`}
        value={search.life ?? ""}
        onChange={(life) => onChange({ life: LIVES.find((each): each is Life => each === life) })}
        options={[
          { value: "", text: t`Whatever became of them` },
          ...LIVES.map((value) => ({ value, text: lifeWord(value) })),
        ]}
      />
      <SavedViews isReady={isReady} />
      <Look value={preferences} onChange={onPrefer} />
      <FilterField
        key={search.filter ?? ""}
        value={search.filter ?? ""}
        inputRef={filterRef}
        onChange={(filter) => onChange({ filter: filter || undefined })}
        onLeave={onLeave}
      />
    </div>
  );
});

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly text: string }[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <select
      className={classes.choice}
      aria-label={label}
      title={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.text}
        </option>
      ))}
    </select>
  );
}

/** Live, imports and exercises never share a list unless asked for: this is the asking. */
function DatasetSelect({
  isReady,
  value,
  onChange,
}: {
  readonly isReady: boolean;
  readonly value: string;
  readonly onChange: (dataset: string) => void;
}) {
  const { t } = useLingui();
  const word = useDatasetWord();
  const { data } = useQuery({ ...datasetsQuery, enabled: isReady });
  const known = (data?.datasets ?? []).filter((row) => row.dataset !== DEFAULT_DATASET);
  const live = data?.datasets.find((row) => row.dataset === DEFAULT_DATASET);
  const options = [
    { value: DEFAULT_DATASET, text: `${word("live")} (${live?.open_groups ?? 0})` },
    ...known.map((row) => ({
      value: row.dataset,
      text: `${word(row.kind)}: ${inertText(row.dataset.split(":").slice(1).join(":"))} (${row.open_groups})`,
    })),
  ];
  const isListed = options.some((option) => option.value === value);
  return (
    <Choice
      label={t`Dataset`}
      value={value}
      onChange={onChange}
      options={isListed ? options : [...options, { value, text: inertText(value) }]}
    />
  );
}

interface FilterFieldProps {
  readonly value: string;
  readonly inputRef: RefObject<HTMLInputElement | null>;
  readonly onChange: (value: string) => void;
  readonly onLeave: () => void;
}

const TYPING_MS = 300;

function FilterField({ value, inputRef, onChange, onLeave }: FilterFieldProps) {
  const { t } = useLingui();
  const [text, setText] = useState(value);
  const { unknown } = parseFilter(text);
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => onChange(text.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  const send = (next: string): void => {
    if (next.trim() !== value) onChange(next.trim());
    onLeave();
  };
  return (
    <div className={classes.filter}>
      <Icon name="search" />
      <input
        ref={inputRef}
        type="search"
        aria-label={t`Filter`}
        aria-describedby={unknown.length > 0 ? "filter-unknown" : undefined}
        placeholder={t`Filter: severity:>=high unit:… or words`}
        autoComplete="off"
        spellCheck={false}
        maxLength={400}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Enter") send(text);
          if (event.key === "Escape") {
            event.preventDefault();
            onLeave();
          }
        }}
      />
      {text === "" && <Keys of={shortcut("queue.filter").keys} />}
      {unknown.length > 0 && (
        <p id="filter-unknown" className={classes.unknown} role="status">
          {t`Not a filter, searched as words: ${unknown.join(" ")}`}
        </p>
      )}
    </div>
  );
}
