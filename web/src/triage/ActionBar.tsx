import { useLingui } from "@lingui/react/macro";
import { Keys } from "../keyboard/Keys";
import { type Handlers, type ShortcutIdIn, shortcut } from "../keyboard/registry";
import classes from "./ActionBar.module.css";

type Actions = Handlers<"triage">;

interface ActionBarProps {
  readonly text?: string;
  readonly actions: Actions;
  readonly ids: readonly ShortcutIdIn<"triage">[];
  /** Why an act is not open to this person now, in the server's words. */
  readonly refusal?: (id: ShortcutIdIn<"triage">) => string | undefined;
}

/** The acts as buttons, each with its key: what the keyboard does, the mouse can do too. */
export function ActionBar({ text, actions, ids, refusal }: ActionBarProps) {
  const { t, i18n } = useLingui();
  return (
    <div className={classes.bar} role="toolbar" aria-label={t`Acts on what is meant`}>
      {text && <span className={classes.text}>{text}</span>}
      {ids.map((id) => {
        const entry = shortcut(id);
        const reason = refusal?.(id);
        return (
          <button key={id} type="button" onClick={actions[id]} disabled={reason !== undefined} title={reason}>
            <Keys of={entry.keys} />
            {i18n._(entry.text)}
          </button>
        );
      })}
    </div>
  );
}
