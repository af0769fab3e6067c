import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { SetupStep } from "../api/names";

interface StepWords {
  readonly title: string;
  /** Why it matters, in one sentence. */
  readonly why: string;
  /** How many there are, where the reader may know. */
  readonly counted: string | undefined;
}

/** What a step is called and for; a step that the server adds breaks the build until it has its words. */
export function useStepWords({ name, count }: SetupStep): StepWords {
  const { t } = useLingui();
  const number = count ?? 0;
  const words: Readonly<Record<SetupStep["name"], StepWords>> = {
    administrator: {
      title: t`Administrator with a second factor`,
      why: t`Giving log-ins and running jobs ask for the second factor: without one, an administrator can change nothing that matters.`,
      counted: t`${plural(number, { one: "# administrator is ready", other: "# administrators are ready" })}`,
    },
    organisation: {
      title: t`Organisation`,
      why: t`Units and systems say whose an address is: without them an alert has no owner and nobody to be told.`,
      counted: t`${plural(number, { one: "# system", other: "# systems" })}`,
    },
    policy: {
      title: t`Coordination rules in force`,
      why: t`The signed rules say who has to look, who is told and by when; nothing of that is decided by Khiên itself.`,
      counted: undefined,
    },
    duty: {
      title: t`People on duty`,
      why: t`Alerts go first to people who are on duty and can log in; where nobody is, they wait.`,
      counted: t`${plural(number, { one: "# person on duty can log in", other: "# people on duty can log in" })}`,
    },
    sensor: {
      title: t`Sensor or capture`,
      why: t`Khiên sees only what a sensor or a recorded capture brings: without one, silence proves nothing.`,
      counted: t`${plural(number, { one: "# sensor", other: "# sensors" })}`,
    },
    alert: {
      title: t`First alert`,
      why: t`The first alert shows that the whole way works, from the wire to the person who looks.`,
      counted: t`${plural(number, { one: "# alert came in", other: "# alerts came in" })}`,
    },
  };
  const found = words[name];
  return count === null ? { ...found, counted: undefined } : found;
}
