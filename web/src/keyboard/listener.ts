/** Feeds key presses to the shortcuts, and to nothing while a person is writing (Vietnamese input methods included). */

import { createKeybindingsHandler } from "tinykeys";
import { type ShortcutId, shortcut } from "./registry";

/** What a key press is, before any shortcut sees it. */
export type Reading = "command" | "typing" | "composing" | "rewritten";

const EDITABLE =
  "input, textarea, select, [contenteditable]:not([contenteditable=false]), [role=textbox], [role=combobox]";
// Enter and the arrows belong to the control that has the focus.
const OWN_ENTER =
  "a[href], button, summary, [role=tab], [role=option], [role=menuitem], [role=treeitem], [role=slider]";
const OWN_ARROWS = "[role=tablist], [role=menu], [role=listbox], [role=radiogroup], [role=tree], [role=slider]";

/**
 * Telex and VNI come in three shapes: a composition (`isComposing`), a key the input method swallowed (`keyCode` 229), and
 * keyboards that do not compose but send a letter with an empty `code`. None of them is a command.
 */
export function readKey(event: KeyboardEvent): Reading {
  const target = event.target instanceof Element ? event.target : undefined;
  if (target?.closest(EDITABLE)) return "typing";
  if (event.isComposing || event.key === "Process" || event.keyCode === 229) return "composing";
  if (event.code === "" && (/^\p{L}$|^\d$/u.test(event.key) || event.key === "Backspace")) return "rewritten";
  return "command";
}

function belongsToControl(event: KeyboardEvent): boolean {
  const target = event.target instanceof Element ? event.target : undefined;
  if (!target) return false;
  if (event.key === "Enter") return target.closest(OWN_ENTER) !== null;
  if (event.key.startsWith("Arrow")) return target.closest(OWN_ARROWS) !== null;
  return false;
}

export interface ListenerOptions {
  /** The handler of a shortcut, or undefined when no page on screen acts on it. */
  readonly handlerOf: (id: ShortcutId) => (() => void) | undefined;
  readonly ids: readonly ShortcutId[];
  readonly areLettersOn: () => boolean;
  readonly isBlocked: () => boolean;
  /** Called for a rewritten key, so that the page can say once how to switch the keyboard. */
  readonly onRewritten: () => void;
}

/** WCAG 2.1.4: what is made of letters, digits or punctuation alone can be turned off; Enter, Esc and arrows stay. */
function isCharacterKey(binding: string): boolean {
  return /^(?!\$mod)(Shift\+)?(Key[A-Z]|Digit\d|[^A-Za-z0-9])/.test(binding);
}

type Bindings = Record<string, (event: KeyboardEvent) => void>;

/** A key with Ctrl or Cmd writes nothing: the palette opens from within a field too. */
function isWriting(event: KeyboardEvent, reading: Reading): boolean {
  return reading !== "command" && !(reading === "typing" && (event.ctrlKey || event.metaKey));
}

export function createListener(options: ListenerOptions): (event: KeyboardEvent) => void {
  const singles: Bindings = {};
  const sequences: Bindings = {};
  // The last key of a sequence is that and nothing else: G C goes to a page and does not begin a note.
  let isPartOfSequence = false;
  for (const id of options.ids) {
    const entry = shortcut(id);
    for (const binding of entry.bindings) {
      const isSequence = binding.includes(" ");
      const map = isSequence ? sequences : singles;
      const earlier = map[binding];
      map[binding] = (event) => {
        earlier?.(event);
        if (isCharacterKey(binding) && !options.areLettersOn()) return;
        if (event.repeat && entry.repeats !== true) return;
        if (isSequence) isPartOfSequence = true;
        const handler = options.handlerOf(id);
        if (!handler) return;
        event.preventDefault();
        handler();
      };
    }
  }
  const handleSequences = createKeybindingsHandler(sequences);
  const handleSingles = createKeybindingsHandler(singles);
  return (event) => {
    const reading = readKey(event);
    if (reading === "rewritten") options.onRewritten();
    if (isWriting(event, reading) || options.isBlocked() || event.defaultPrevented || belongsToControl(event)) return;
    isPartOfSequence = false;
    handleSequences(event);
    if (!isPartOfSequence) handleSingles(event);
  };
}
