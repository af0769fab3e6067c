import { useLingui } from "@lingui/react/macro";
import type { UseQueryResult } from "@tanstack/react-query";
import type { CalendarShift, PreviewAnswer } from "../api/names";
import { inLanguage } from "../language/language";
import { useErrorText } from "../shell/Notices";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { useShiftText } from "./Calendar";
import classes from "./EditDialog.module.css";
import { Fault, keyOf } from "./Faults";
import faults from "./Faults.module.css";

interface PreviewProps {
  readonly query: UseQueryResult<PreviewAnswer>;
  /** Whether the form says enough to look at. */
  readonly isWhole: boolean;
}

/** What the edit would change, in the server's own reckoning, before it is sent. */
export function Preview({ query, isWhole }: PreviewProps) {
  const { t } = useLingui();
  const errorText = useErrorText();
  return (
    <section className={classes.preview} aria-live="polite" aria-labelledby="preview-title">
      <h3 id="preview-title">{t`What this would change`}</h3>
      {!isWhole ? (
        <p>{t`Fill in who, where and when; then it is shown here.`}</p>
      ) : query.error ? (
        <p className={classes.refused}>{errorText(query.error)}</p>
      ) : query.data ? (
        <Changes preview={query.data} />
      ) : (
        <p>{t`Reckoning`}</p>
      )}
    </section>
  );
}

function Changes({ preview }: { readonly preview: PreviewAnswer }) {
  const { t, i18n } = useLingui();
  const { gained, lost, called, warnings } = preview;
  const nothing = gained.length + lost.length === 0;
  return (
    <>
      {nothing && <p>{t`No shift changes: nobody is on duty there in that time because of this.`}</p>}
      <ul>
        {lost.map((shift) => (
          <Line key={`lost ${shift.seat} ${shift.person.id} ${shift.start_us}`} shift={shift} isGained={false} />
        ))}
        {gained.map((shift) => (
          <Line key={`gained ${shift.seat} ${shift.person.id} ${shift.start_us}`} shift={shift} isGained />
        ))}
        {called.map(({ shift, person }) => (
          <li key={`called ${shift.seat} ${shift.start_us}`}>
            {person ? (
              <>
                {t`Called at once, with 15 minutes to answer:`}{" "}
                <Inert value={inLanguage(person.name, i18n.locale) ?? person.id} limit={80} />
              </>
            ) : (
              <b className={classes.refused}>{t`Nobody can stand in: whoever leads the shift is told.`}</b>
            )}
          </li>
        ))}
      </ul>
      {warnings.length > 0 && (
        <>
          <h3>{t`What becomes worse`}</h3>
          <ul className={faults.faults}>
            {warnings.map((found) => (
              <Fault key={keyOf(found)} found={found} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Line({ shift, isGained }: { readonly shift: CalendarShift; readonly isGained: boolean }) {
  const { t } = useLingui();
  const { person } = useShiftText()(shift);
  return (
    <li className={isGained ? classes.gained : classes.lost}>
      <b>{isGained ? t`+ has` : t`− no longer has`}</b> <Inert value={person} limit={80} /> ·{" "}
      <Inert value={shift.seat} limit={63} />: <Time us={shift.start_us} /> – <Time us={shift.end_us} />
    </li>
  );
}
