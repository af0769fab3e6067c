import { useLingui } from "@lingui/react/macro";
import { useEffect } from "react";
import { Keys } from "../keyboard/Keys";
import { shortcut } from "../keyboard/registry";
import { Icon } from "../shell/Icon";
import { formatSpan } from "../time/format";
import { useNow } from "../time/now";
import { type Undoable, useTriage } from "./Triage";
import classes from "./UndoBar.module.css";

export function UndoBar() {
  const { lastUndoable } = useTriage();
  return lastUndoable ? <Bar entry={lastUndoable} key={lastUndoable.untilMs} /> : null;
}

function Bar({ entry }: { readonly entry: Undoable }) {
  const { t, i18n } = useLingui();
  const { undo, forgetUndoable } = useTriage();
  useNow();
  const left = Math.max(0, Math.ceil((entry.untilMs - Date.now()) / 1000));
  useEffect(() => {
    if (left === 0) forgetUndoable(entry);
  }, [left, entry, forgetUndoable]);
  return (
    <section className={classes.bar} aria-label={t`Last change`}>
      <Icon name="check" />
      <p>{entry.text}</p>
      <button type="button" className={classes.undo} onClick={() => void undo()}>
        <Icon name="undo" />
        {t`Undo`}
        <Keys of={shortcut("undo").keys} />
      </button>
      <span className={classes.left} title={t`Time left to undo`}>
        {formatSpan(left, i18n.locale)}
      </span>
      <button type="button" className={classes.close} onClick={() => forgetUndoable(entry)} aria-label={t`Dismiss`}>
        <Icon name="cross" />
      </button>
    </section>
  );
}
