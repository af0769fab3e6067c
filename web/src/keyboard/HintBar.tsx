import { useLingui } from "@lingui/react/macro";
import classes from "./HintBar.module.css";
import { useKeyboard } from "./Keyboard";
import { Keys } from "./Keys";
import { type ShortcutId, shortcut } from "./registry";

/** The keys that matter here, in the words of the registry. */
export function HintBar({ ids }: { readonly ids: readonly ShortcutId[] }) {
  const { i18n } = useLingui();
  const { areLettersOn } = useKeyboard();
  if (!areLettersOn) return <span />;
  return (
    <ul className={classes.hints}>
      {ids.map((id) => {
        const entry = shortcut(id);
        return (
          <li key={id}>
            <Keys of={entry.keys.slice(0, 1)} />
            {i18n._(entry.text)}
          </li>
        );
      })}
    </ul>
  );
}
