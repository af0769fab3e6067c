import { useLingui } from "@lingui/react/macro";
import { useId } from "react";
import classes from "../shell/Choice.module.css";
import { localToUs, usToLocal } from "../time/local";

interface PointFieldProps {
  readonly label: string;
  readonly startUs?: number;
  readonly onChange: (us: number | undefined) => void;
}

/** A point in time as it is in the city, whatever zone the browser believes in. */
export function PointField({ label, startUs, onChange }: PointFieldProps) {
  const { t } = useLingui();
  const id = useId();
  return (
    <span className={classes.choice}>
      <label htmlFor={id}>
        {label} · {t`Vietnam time (UTC+7)`}
      </label>
      <input
        id={id}
        type="datetime-local"
        step={1}
        defaultValue={startUs === undefined ? "" : usToLocal(startUs)}
        onChange={(event) => onChange(localToUs(event.currentTarget.value))}
      />
    </span>
  );
}
