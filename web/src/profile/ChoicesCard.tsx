import { useLingui } from "@lingui/react/macro";
import { type MantineColorScheme, Switch, useMantineColorScheme } from "@mantine/core";
import { useKeyboard } from "../keyboard/Keyboard";
import { LanguageSwitch } from "../language/LanguageSwitch";
import { Card } from "../shell/Card";
import classes from "./Profile.module.css";

const SCHEMES = ["auto", "light", "dark"] as const satisfies readonly MantineColorScheme[];

/** How the page looks and listens, on this browser; the language is also that of this person's mails. */
export function ChoicesCard() {
  const { t } = useLingui();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { areLettersOn, setLettersOn } = useKeyboard();
  const words: Readonly<Record<(typeof SCHEMES)[number], string>> = {
    auto: t`As the system says`,
    light: t`Light`,
    dark: t`Dark`,
  };
  return (
    <Card id="choices" title={t`The page`}>
      <div className={classes.choices}>
        <div>
          <p>
            <strong>{t`Language of the page and of your mails`}</strong>
          </p>
          <LanguageSwitch />
        </div>
        <fieldset>
          <legend>{t`Theme, on this browser`}</legend>
          {SCHEMES.map((scheme) => (
            <label key={scheme}>
              <input
                type="radio"
                name="theme"
                checked={colorScheme === scheme}
                onChange={() => setColorScheme(scheme)}
              />
              {words[scheme]}
            </label>
          ))}
        </fieldset>
        <Switch
          checked={areLettersOn}
          onChange={(event) => setLettersOn(event.currentTarget.checked)}
          label={t`Shortcuts made of one letter, digit or sign`}
          description={t`Turn them off if you use speech input. Enter, Esc and the arrows stay.`}
        />
        <p
          className={classes.small}
        >{t`Times are Vietnam time (UTC+7) everywhere; UTC appears when you point at one.`}</p>
      </div>
    </Card>
  );
}
