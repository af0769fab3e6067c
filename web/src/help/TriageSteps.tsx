import { useLingui } from "@lingui/react/macro";
import { Keys } from "../keyboard/Keys";
import { type ShortcutId, shortcut } from "../keyboard/registry";
import { Card } from "../shell/Card";
import classes from "./HelpPage.module.css";

interface Step {
  readonly title: string;
  readonly text: string;
  readonly keys: readonly ShortcutId[];
}

/** The work of a shift in five steps, each with its keys from the registry. */
export function TriageSteps() {
  const { t, i18n } = useLingui();
  const steps: readonly Step[] = [
    {
      title: t`1. Choose`,
      text: t`Open the queue. A row is a group: alerts of one rule about one thing. What is most severe stands first; the clock of a row says how long it may still wait.`,
      keys: ["goQueue", "queue.next", "queue.open"],
    },
    {
      title: t`2. Read why`,
      text: t`Look at the marked fields and the events, at whose system it is, and at what became of similar alerts. Nothing on the page is a link into the network: whatever an attacker wrote is only text.`,
      keys: ["alert.nextInGroup", "alert.back"],
    },
    {
      title: t`3. Take it`,
      text: t`The clock stops and everybody sees that it is in your hands. Somebody else knows better? Hand it over instead; the page proposes whom.`,
      keys: ["acknowledge", "handOver"],
    },
    {
      title: t`4. Judge`,
      text: t`Close it with a verdict and say in a note what you saw. Harm, several systems or personal data: put it into an incident. When in doubt, ask the shift lead before you close.`,
      keys: [
        "verdict.truePositive",
        "verdict.expected",
        "verdict.falsePositive",
        "verdict.duplicate",
        "note",
        "incident",
      ],
    },
    {
      title: t`5. Look back`,
      text: t`A slip is undone within 60 seconds by whoever made it. The cursor stands on the next row already. Before your shift ends, hand over what is open on the duty page.`,
      keys: ["undo", "goDuty"],
    },
  ];
  return (
    <Card id="help-triage" title={t`Triage in five steps`}>
      <ol className={classes.steps}>
        {steps.map((step) => (
          <li key={step.title}>
            <h3>{step.title}</h3>
            <p>{step.text}</p>
            <p className={classes.keys}>
              {step.keys.map((id) => (
                <span key={id}>
                  <Keys of={shortcut(id).keys} /> {i18n._(shortcut(id).text)}
                </span>
              ))}
            </p>
          </li>
        ))}
      </ol>
    </Card>
  );
}
