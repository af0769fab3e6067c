import { useId } from "react";
import classes from "../shell/Choice.module.css";

interface CountProps {
  readonly label: string;
  readonly empty: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
}

/** A whole number, or nothing. */
export function Count({ label, empty, text, onChange }: CountProps) {
  const id = useId();
  return (
    <span className={classes.choice}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        inputMode="numeric"
        pattern="\d*"
        maxLength={12}
        placeholder={empty}
        value={text}
        onChange={(event) => onChange(event.currentTarget.value.replace(/\D/g, ""))}
      />
    </span>
  );
}
