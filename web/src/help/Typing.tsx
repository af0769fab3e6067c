import { useLingui } from "@lingui/react/macro";
import { Card } from "../shell/Card";
import classes from "./HelpPage.module.css";

/** An input method that composes takes the letters away before the page sees them. */
export function Typing() {
  const { t } = useLingui();
  return (
    <Card id="help-typing" title={t`Vietnamese keyboard`}>
      <ul className={classes.list}>
        <li>
          {t`UniKey, EVKey: Ctrl+Shift or the V/E sign beside the clock switches between Vietnamese and English.`}
        </li>
        <li>{t`Windows: Windows+Space. macOS: Control+Space. Linux with IBus or Fcitx: Ctrl+Space or Super+Space.`}</li>
        <li>
          {t`In fields and notes type Vietnamese as always: no letter acts there. In the list switch to English, or else Telex eats S, F, R, X, J, Z and W and VNI the digits. The page notices and says so once.`}
        </li>
        <li>{t`Searches understand words with and without tone marks: “da nang” finds “Đà Nẵng”.`}</li>
      </ul>
    </Card>
  );
}
