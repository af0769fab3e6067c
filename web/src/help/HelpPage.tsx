import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { KeyList, LetterSwitch } from "../keyboard/KeyList";
import { Card } from "../shell/Card";
import { PageFrame } from "../shell/PageFrame";
import { Clocks } from "./Clocks";
import { Glossary } from "./Glossary";
import classes from "./HelpPage.module.css";
import { States } from "./States";
import { TriageSteps } from "./TriageSteps";
import { Trouble } from "./Trouble";
import { Typing } from "./Typing";
import { WhoToAsk } from "./WhoToAsk";

/** What somebody needs who was put before this page tonight: one page, printable, the keys as the registry has them. */
export function HelpPage() {
  const { t } = useLingui();
  const title = t`Help`;
  const parts: readonly (readonly [string, string])[] = [
    ["help-triage", t`Triage in five steps`],
    ["help-states", t`States and verdicts`],
    ["help-clocks", t`Clocks`],
    ["help-trouble", t`When the page or the network is dead`],
    ["help-ask", t`Whom to ask`],
    ["help-typing", t`Vietnamese keyboard`],
    ["help-keys", t`Keys`],
    ["help-words", t`Words`],
  ];
  return (
    <PageFrame
      title={title}
      name={title}
      lead={t`Khiên watches the network of the city's data center. What the detection rules find becomes an alert with a name beside it: the person who has to look. This page is for that person.`}
    >
      <nav className={classes.parts} aria-label={t`Parts of the help`}>
        {parts.map(([id, text]) => (
          <a key={id} href={`#${id}`}>
            {text}
          </a>
        ))}
      </nav>
      <TriageSteps />
      <div className={classes.columns}>
        <States />
        <div className={classes.stack}>
          <Clocks />
          <Typing />
        </div>
      </div>
      <div className={classes.columns}>
        <Trouble />
        <WhoToAsk />
      </div>
      <Card id="help-keys" title={t`Keys`}>
        <p className={classes.note}>
          {t`Letters act outside of fields only. Every key has a button, and every button can be reached with Tab.`}{" "}
          <Link to="/profile">{t`Your own settings are in your profile`}</Link>
        </p>
        <KeyList prefix="help-keys" />
        <LetterSwitch />
      </Card>
      <Glossary />
    </PageFrame>
  );
}
