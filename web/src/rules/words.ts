/** The words for states and orders of rules; an exhaustive table each. */
import { useLingui } from "@lingui/react/macro";
import type { RuleLevel, RuleSort, RuleState } from "../api/names";

export function useRuleStateWord(): (state: RuleState) => string {
  const { t } = useLingui();
  return (state) => {
    switch (state) {
      case "running":
        return t({ message: "Running", context: "rule" });
      case "feeds":
        return t`Feeds a correlation`;
      case "informational":
        return t`Makes no alert`;
      case "without_source":
        return t`No log source of ours`;
      case "kept":
        return t`Old version runs`;
      case "rejected":
        return t({ message: "Rejected", context: "rule" });
      case "disabled":
        return t({ message: "Disabled", context: "rule" });
    }
  };
}

/** Why a rule in this state makes no alert of its own; nothing for one that does. */
export function useWhyQuiet(): (state: RuleState) => string | undefined {
  const { t } = useLingui();
  return (state) => {
    switch (state) {
      case "running":
        return undefined;
      case "feeds":
        return t`It makes no alert of its own: the correlations below count what it finds.`;
      case "informational":
        return t`Its level is informational: what it finds is kept with the event and is never worth an alert.`;
      case "without_source":
        return t`It was read, but no events that Khiên reads belong to its log source, so it can never match.`;
      case "kept":
        return t`Its file is broken since it was changed; the version before goes on running until the file is mended.`;
      case "rejected":
        return t`It was refused and does not run.`;
      case "disabled":
        return t`It is switched off in its own file: its status is deprecated or unsupported, or it says “enabled: false”.`;
    }
  };
}

export function useLevelWord(): (level: RuleLevel) => string {
  const { t } = useLingui();
  return (level) => {
    switch (level) {
      case "critical":
        return t`Critical`;
      case "high":
        return t`High`;
      case "medium":
        return t`Medium`;
      case "low":
        return t`Low`;
      case "informational":
        return t`Informational`;
    }
  };
}

export function useRuleSortWord(): (sort: RuleSort) => string {
  const { t } = useLingui();
  return (sort) => {
    switch (sort) {
      case "noise":
        return t`Noisiest first`;
      case "false":
        return t`Most false alarms first`;
      case "fired":
        return t`Fired last first`;
      case "level":
        return t`Gravest first`;
      case "title":
        return t`By title`;
    }
  };
}
