import { useLingui } from "@lingui/react/macro";
import type { SuppressionScope } from "../api/names";
import { serverSeconds } from "../time/now";
import classes from "./SilenceFields.module.css";

export interface Silence {
  readonly scope: SuppressionScope;
  readonly hours: number;
}

/** As long as a shift; who needs longer says so. The server's most is 30 days. */
export const DEFAULT_SILENCE: Silence = { scope: "thing", hours: 8 };
const HOURS = [1, 8, 24, 72, 168, 720] as const;
const SCOPES = ["thing", "sources"] as const satisfies readonly SuppressionScope[];
// The last moment that the server allows must still be ahead of its clock when the request arrives.
const MARGIN_S = 60;

export function untilOf(silence: Silence): number {
  return Math.round((serverSeconds() + silence.hours * 3600 - MARGIN_S) * 1e6);
}

interface SilenceFieldsProps {
  readonly value: Silence;
  readonly onChange: (value: Silence) => void;
}

/** For how long, and for what: both as buttons of a keyboard, so that nobody types a date at night. */
export function SilenceFields({ value, onChange }: SilenceFieldsProps) {
  const { t } = useLingui();
  const hoursText = (hours: number): string => {
    switch (hours) {
      case 1:
        return t`1 hour`;
      case 8:
        return t`8 hours`;
      case 24:
        return t`1 day`;
      case 72:
        return t`3 days`;
      case 168:
        return t`7 days`;
      default:
        return t`30 days`;
    }
  };
  const scopeText: Readonly<Record<SuppressionScope, string>> = {
    thing: t`Everything of this rule about this asset`,
    sources: t`Only from the sources it has now`,
  };
  return (
    <>
      <fieldset className={classes.choices}>
        <legend>{t`For how long`}</legend>
        {HOURS.map((hours) => (
          <label key={hours}>
            <input
              type="radio"
              name="hours"
              checked={value.hours === hours}
              onChange={() => onChange({ ...value, hours })}
            />
            {hoursText(hours)}
          </label>
        ))}
      </fieldset>
      <fieldset className={classes.choices}>
        <legend>{t`For what`}</legend>
        {SCOPES.map((scope) => (
          <label key={scope}>
            <input
              type="radio"
              name="scope"
              checked={value.scope === scope}
              onChange={() => onChange({ ...value, scope })}
            />
            {scopeText[scope]}
          </label>
        ))}
      </fieldset>
    </>
  );
}
