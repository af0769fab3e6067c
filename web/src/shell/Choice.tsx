import { useId } from "react";
import classes from "./Choice.module.css";

interface Option {
  readonly value: string;
  readonly text: string;
  /** Options of one group stand together under its name. */
  readonly group?: string;
}

export interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly Option[];
  readonly onChange: (value: string) => void;
  readonly isRequired?: boolean;
}

/** One of a few, with its name in sight. */
export function Choice({ label, value, options, onChange, isRequired = false }: ChoiceProps) {
  const id = useId();
  const groups = [...new Set(options.map((option) => option.group))];
  return (
    <span className={classes.choice}>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} required={isRequired} onChange={(event) => onChange(event.currentTarget.value)}>
        {groups.map((group) => {
          const own = options
            .filter((option) => option.group === group)
            .map((option) => <One key={option.value} of={option} />);
          return group === undefined ? (
            own
          ) : (
            <optgroup key={group} label={group}>
              {own}
            </optgroup>
          );
        })}
      </select>
    </span>
  );
}

function One({ of }: { readonly of: Option }) {
  return <option value={of.value}>{of.text}</option>;
}
