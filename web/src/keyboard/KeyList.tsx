import { useLingui } from "@lingui/react/macro";
import { Switch } from "@mantine/core";
import { useKeyboard } from "./Keyboard";
import classes from "./KeyList.module.css";
import { Keys } from "./Keys";
import { type Scope, shortcutsIn } from "./registry";

const ORDER: readonly Scope[] = ["queue", "triage", "alert", "timeline", "coordination", "duty", "everywhere"];

/** Every key of the registry by where it acts: the `?` list and the help page show this and nothing written by hand. */
export function KeyList({ prefix }: { readonly prefix: string }) {
  const { t, i18n } = useLingui();
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
    <div className={classes.columns}>
      {ORDER.map((scope) => (
        <section key={scope} aria-labelledby={`${prefix}-${scope}`}>
          <h3 id={`${prefix}-${scope}`}>{titles[scope]}</h3>
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
  );
}

/** WCAG 2.1.4: what is one character can be turned off. */
export function LetterSwitch() {
  const { t } = useLingui();
  const { areLettersOn, setLettersOn } = useKeyboard();
  return (
    <Switch
      className={classes.switch ?? ""}
      checked={areLettersOn}
      onChange={(event) => setLettersOn(event.currentTarget.checked)}
      label={t`Shortcuts made of one letter, digit or sign`}
      description={t`Turn them off if you use speech input. Enter, Esc and the arrows stay.`}
    />
  );
}
