import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { inertSegments } from "./escape";
import classes from "./Inert.module.css";

interface InertProps {
  readonly value: string;
  /** Characters shown before the rest waits behind a button; a row shows none of the rest at all. */
  readonly limit?: number;
  readonly isExpandable?: boolean;
}

/** A value from the network, as text and nothing else. */
export function Inert({ value, limit = 240, isExpandable = false }: InertProps) {
  const { t } = useLingui();
  const [isWhole, setWhole] = useState(false);
  const characters = [...value];
  const isCut = !isWhole && characters.length > limit;
  const shown = isCut ? `${characters.slice(0, limit).join("")}` : value;
  return (
    <bdi className={classes.value}>
      {inertSegments(shown).map((segment, index) =>
        segment.kind === "text" ? (
          segment.text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: segments of one string never move
          <span className={classes.escape} key={index} title={t`Hidden character, written out`}>
            {segment.text}
          </span>
        ),
      )}
      {isCut && "…"}
      {isCut && isExpandable && (
        <button type="button" className={classes.more} onClick={() => setWhole(true)}>
          {t`Show all ${characters.length} characters`}
        </button>
      )}
    </bdi>
  );
}
