import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Inert } from "../text/Inert";
import classes from "./Casework.module.css";
import { partsOf } from "./mentions";

const LINES = 12;
const CHARACTERS = 600;

/** What a person wrote, line by line, as text and nothing else; those who were told stand out. */
export function Words({ text, mentions = [] }: { readonly text: string; readonly mentions?: readonly string[] }) {
  const { t } = useLingui();
  const [isWhole, setWhole] = useState(false);
  const lines = text.split(/\r\n|\n/);
  const shown = isWhole ? lines : lines.slice(0, LINES);
  const rest = lines.length - shown.length;
  return (
    <div className={classes.words}>
      {shown.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one text never move
        <p key={index}>
          {partsOf(line, mentions).map((part, place) =>
            part.isMention ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one line never move
              <b key={place}>{part.text}</b>
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one line never move
              <Inert key={place} value={part.text} limit={CHARACTERS} isExpandable />
            ),
          )}
        </p>
      ))}
      {rest > 0 && (
        <button type="button" className={classes.act} onClick={() => setWhole(true)}>
          {t`Show all ${lines.length} lines`}
        </button>
      )}
    </div>
  );
}
