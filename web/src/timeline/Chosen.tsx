import { useLingui } from "@lingui/react/macro";
import { Reference } from "../casework/Reference";
import { Words } from "../casework/Words";
import { Inert } from "../text/Inert";
import { formatSpan } from "../time/format";
import { Time } from "../time/Time";
import { SeverityMark } from "../triage/SeverityMark";
import type { Mark } from "./marks";
import classes from "./Timeline.module.css";
import { useSortWord } from "./words";

/** The entry that is chosen, in full. */
export function Chosen({ mark }: { readonly mark: Mark | undefined }) {
  const { t, i18n } = useLingui();
  const sortWord = useSortWord();
  return (
    <div role="status" aria-live="polite">
      {mark && (
        <div className={classes.chosenBox}>
          <p>
            {mark.severity !== undefined && <SeverityMark severity={mark.severity} />}{" "}
            <strong>
              <Inert value={mark.text} limit={300} />
            </strong>
          </p>
          <p className={classes.meta}>
            <Time us={mark.atUs} />
            {mark.endUs > mark.atUs && ` · ${t`lasted`} ${formatSpan((mark.endUs - mark.atUs) / 1e6, i18n.locale)}`} ·{" "}
            {sortWord(mark.sort)} · {mark.who && `${mark.who} · `}
            <Reference value={mark.reference} />
            {!mark.isComplete && ` · ${t`a source had a gap: more may have happened`}`}
          </p>
          {mark.body && <Words text={mark.body} />}
        </div>
      )}
    </div>
  );
}
