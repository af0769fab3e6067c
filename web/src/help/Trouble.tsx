import { useLingui } from "@lingui/react/macro";
import { Card } from "../shell/Card";
import classes from "./HelpPage.module.css";

const HEALTH = "khien health";

/** What still works when something does not, and what must not wait for it. */
export function Trouble() {
  const { t } = useLingui();
  return (
    <Card id="help-trouble" title={t`When the page or the network is dead`}>
      <ul className={classes.list}>
        <li>
          {t`“Live updates have been interrupted”: go on working. The page asks every 15 seconds, and shows everything it missed when it is back.`}
        </li>
        <li>
          {t`An act was refused or stayed without an answer: it was done whole or not at all. Read the row again; what it shows is what the server holds.`}
        </li>
        <li>
          {t`The page does not open: try the duty board, which works without script.`} <a href="/board">{BOARD}</a>
        </li>
        <li>
          {t`The server does not answer: call the shift lead and operations by telephone. Operations look with this command:`}{" "}
          <code>{HEALTH}</code>
        </li>
        <li>
          {t`The sensors keep what they see on their own disks until the server has it. Nothing has to be brought over by hand.`}
        </li>
        <li>
          {t`Deadlines do not wait. Tell by telephone whom the rules name, write time, name and what was said on paper, and enter it afterwards with the true time.`}
        </li>
        <li>{t`Print this page and the numbers of the duty page beforehand, and keep them at the desk.`}</li>
      </ul>
    </Card>
  );
}

const BOARD = "/board";
