import { useLingui } from "@lingui/react/macro";
import { type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from "react";
import { Dialog } from "../shell/Dialog";
import { foldedIncludes } from "../text/fold";
import { useKeyboard } from "./Keyboard";
import { Keys } from "./Keys";
import classes from "./Palette.module.css";
import type { Offer } from "./PaletteProvider";
import { type ShortcutId, shortcutsIn } from "./registry";

interface PaletteProps {
  readonly offer: Offer;
  readonly onClose: (chosen?: ShortcutId) => void;
}

/** A field and the commands that match it, each with its key: who does not know a key finds it here. */
export function Palette({ offer, onClose }: PaletteProps) {
  const { t, i18n } = useLingui();
  const { handlerOf } = useKeyboard();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const listId = useId();
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current?.focus(), []);
  const entries = offer.scopes
    .flatMap(shortcutsIn)
    .filter((entry) => entry.id !== "palette" && entry.id !== "menu" && handlerOf(entry.id) !== undefined)
    .filter((entry) =>
      foldedIncludes(`${i18n._(entry.text)} ${entry.keys.map((keys) => keys.join(" ")).join(" ")}`, text),
    );
  const current = entries[Math.min(at, entries.length - 1)];
  const currentId = current ? `${listId}-${current.id}` : undefined;
  useLayoutEffect(() => {
    if (currentId) document.getElementById(currentId)?.scrollIntoView({ block: "nearest" });
  }, [currentId]);

  const move = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return;
    if (event.key === "Escape") {
      // Its list is always open, so that the dialog would leave the key to it.
      event.stopPropagation();
      event.nativeEvent.stopPropagation();
      onClose();
      return;
    }
    const last = entries.length - 1;
    const to = { ArrowDown: at >= last ? 0 : at + 1, ArrowUp: at <= 0 ? last : at - 1 }[event.key];
    if (to !== undefined) setAt(Math.max(0, to));
    else if (event.key === "Enter" && current) onClose(current.id);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog isOpen onClose={() => onClose()} title={offer.title} size="36rem" returnsFocus={false}>
      <input
        ref={field}
        role="combobox"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={currentId}
        aria-label={t`Command`}
        placeholder={t`Type a few letters, Enter does it`}
        className={classes.field}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={move}
        data-autofocus
      />
      <div id={listId} role="listbox" aria-label={t`Commands`} className={classes.list}>
        {entries.map((entry) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the field has the focus and names the option
          <div
            key={entry.id}
            id={`${listId}-${entry.id}`}
            role="option"
            aria-selected={entry === current}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onClose(entry.id)}
          >
            <span>{i18n._(entry.text)}</span>
            <Keys of={entry.keys.slice(0, 1)} />
          </div>
        ))}
      </div>
      {entries.length === 0 && <p className={classes.nothing}>{t`No command of that name acts here`}</p>}
    </Dialog>
  );
}
