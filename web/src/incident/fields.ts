/** What the acts on an incident ask for, in words. */
import { useLingui } from "@lingui/react/macro";
import { useCallback } from "react";

export function useFieldWord(): (name: string) => string {
  const { t } = useLingui();
  return useCallback(
    (name) => {
      switch (name) {
        case "reason":
          return t`Reason`;
        case "what":
          return t`What was done, and when`;
        case "evidence":
          return t`Evidence captured before: what and where`;
        case "without_evidence":
          return t`Why no evidence was captured`;
        case "root_cause":
          return t`Root cause, or “unknown, because …”`;
        case "countermeasures":
          return t`Countermeasures as they stood`;
        case "checked":
          return t`What was checked`;
        case "operator":
          return t`Operator who agrees`;
        case "resolution":
          return t`Resolution`;
        case "impact":
          return t`Impact`;
        case "lessons":
          return t`Lessons learned`;
        case "receiver":
          return t`Receiver`;
        case "receipt":
          return t`Receipt number`;
        case "target":
          return t`Into incident`;
        case "type":
          return t`Kind of incident`;
        default:
          return name;
      }
    },
    [t],
  );
}
