import { useLingui } from "@lingui/react/macro";
import { Switch } from "@mantine/core";
import { Dialog } from "../shell/Dialog";
import { useKeyboard } from "./Keyboard";
import classes from "./KeyboardHelp.module.css";
import { Keys } from "./Keys";
import { type Scope, shortcutsIn } from "./registry";

const ORDER: readonly Scope[] = ["queue", "triage", "alert", "timeline", "coordination", "duty", "everywhere"];

export function KeyboardHelp({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const { t, i18n } = useLingui();
  const { areLettersOn, setLettersOn } = useKeyboard();
  const titles: Readonly<Record<Scope, string>> = {
    queue: t`In the queue`,
    triage: t`Triage, in the queue and on an alert`,
    alert: t`On an alert`,
    coordination: t`In the coordination rules`,
    timeline: t`On the timeline of an incident`,
    duty: t`In duty`,
    everywhere: t`Everywhere`,
  };
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t`Keyboard shortcuts`} size="52rem">
      <div className={classes.columns}>
        {ORDER.map((scope) => (
          <section key={scope} aria-labelledby={`keys-${scope}`}>
            <h3 id={`keys-${scope}`}>{titles[scope]}</h3>
            <dl>
              {shortcutsIn(scope).map((entry) => (
                <div key={entry.id} data-shortcut={entry.id}>
                  <dt>
                    <Keys of={entry.keys} />
                  </dt>
                  <dd>{i18n._(entry.text)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <Switch
        className={classes.switch ?? ""}
        checked={areLettersOn}
        onChange={(event) => setLettersOn(event.currentTarget.checked)}
        label={t`Shortcuts made of one letter, digit or sign`}
        description={t`Turn them off if you use speech input. Enter, Esc and the arrows stay.`}
      />
    </Dialog>
  );
}
