/** The words for states, acts and means; an exhaustive table each, so that a new one breaks the build until it is said. */
import { useLingui } from "@lingui/react/macro";
import { useCallback } from "react";
import type {
  ApprovalView,
  ClockView,
  IncidentClass,
  IncidentState,
  IncidentTransitionView,
  ObligationView,
  OfferedOrder,
} from "../api/names";

export function useIncidentStateWord(): (state: IncidentState) => string {
  const { t } = useLingui();
  return useCallback(
    (state) => {
      switch (state) {
        case "open":
          return t({ message: "Open, not confirmed", context: "incident" });
        case "confirmed":
          return t({ message: "Confirmed", context: "incident" });
        case "rejected":
          return t({ message: "Rejected", context: "incident" });
        case "contained":
          return t({ message: "Contained", context: "incident" });
        case "eradicated":
          return t({ message: "Eradicated", context: "incident" });
        case "recovered":
          return t({ message: "Recovered", context: "incident" });
        case "closed":
          return t({ message: "Closed", context: "incident" });
        case "handed_over":
          return t({ message: "Handed over", context: "incident" });
        case "merged":
          return t({ message: "Merged", context: "incident" });
      }
    },
    [t],
  );
}

export function useClassWord(): (of: IncidentClass) => string {
  const { t } = useLingui();
  return useCallback(
    (of) => {
      switch (of) {
        case "M1":
          return t`M1 extremely serious`;
        case "M2":
          return t`M2 serious`;
        case "M3":
          return t`M3 medium`;
        case "M4":
          return t`M4 low`;
      }
    },
    [t],
  );
}

export function useActionWord(): (action: IncidentTransitionView["action"]) => string {
  const { t } = useLingui();
  return useCallback(
    (action) => {
      switch (action) {
        case "open":
          return t({ message: "Open", context: "act on an incident" });
        case "confirm":
          return t({ message: "Confirm", context: "act on an incident" });
        case "reject":
          return t({ message: "Reject", context: "act on an incident" });
        case "contain":
          return t({ message: "Contained", context: "act on an incident" });
        case "eradicate":
          return t({ message: "Eradicated", context: "act on an incident" });
        case "recover":
          return t({ message: "Recovered", context: "act on an incident" });
        case "close":
          return t({ message: "Close", context: "act on an incident" });
        case "resume":
          return t({ message: "Resume the work", context: "act on an incident" });
        case "hand_over":
          return t({ message: "Hand over", context: "act on an incident" });
        case "take_back":
          return t({ message: "Take back", context: "act on an incident" });
        case "reopen":
          return t({ message: "Reopen", context: "act on an incident" });
        case "merge":
          return t({ message: "Merge", context: "act on an incident" });
        case "unmerge":
          return t({ message: "Separate again", context: "act on an incident" });
      }
    },
    [t],
  );
}

export function useOrderWord(): (kind: OfferedOrder["kind"] | ObligationView["actions"][number]) => string {
  const { t } = useLingui();
  return useCallback(
    (kind) => {
      switch (kind) {
        case "revise":
          return t`Answers and flags`;
        case "move_clock":
          return t`Move a clock`;
        case "assign":
          return t`Another handler`;
        case "promote":
          return t`Make it a real incident`;
        case "mark":
          return t`TLP and PAP`;
        case "tell":
          return t`Told`;
        case "fulfil":
          return t`Receipt came`;
        case "waive":
          return t`Waive`;
        case "approve_notice":
          return t`Approve the notice`;
      }
    },
    [t],
  );
}

export function useObligationStateWord(): (state: ObligationView["state"]) => string {
  const { t } = useLingui();
  return useCallback(
    (state) => {
      switch (state) {
        case "pending":
          return t({ message: "To be told", context: "obligation" });
        case "overdue":
          return t({ message: "Overdue", context: "obligation" });
        case "sent":
          return t({ message: "Told, receipt awaited", context: "obligation" });
        case "fulfilled":
          return t({ message: "Done", context: "obligation" });
        case "late":
          return t({ message: "Done late", context: "obligation" });
        case "waived":
          return t({ message: "Waived", context: "obligation" });
        case "cancelled":
          return t({ message: "Cancelled", context: "obligation" });
      }
    },
    [t],
  );
}

export function useMeansWord(): (means: ObligationView["means"]) => string {
  const { t } = useLingui();
  return useCallback(
    (means) => {
      switch (means) {
        case "voice":
          return t`by voice`;
        case "writing":
          return t`in writing`;
        case "message":
          return t`by message`;
        case "file":
          return t`to the file`;
      }
    },
    [t],
  );
}

export function useApprovalStateWord(): (state: ApprovalView["state"]) => string {
  const { t } = useLingui();
  return useCallback(
    (state) => {
      switch (state) {
        case "half":
          return t({ message: "Waits for the second party", context: "approval" });
        case "granted":
          return t({ message: "Granted", context: "approval" });
        case "denied":
          return t({ message: "Denied", context: "approval" });
        case "withdrawn":
          return t({ message: "Withdrawn", context: "approval" });
        case "expired":
          return t({ message: "Expired", context: "approval" });
      }
    },
    [t],
  );
}

export function useClockStateWord(): (state: ClockView["state"]) => string {
  const { t } = useLingui();
  return useCallback(
    (state) => {
      switch (state) {
        case "running":
          return t({ message: "Running", context: "clock" });
        case "paused":
          return t({ message: "Paused", context: "clock" });
        case "overdue":
          return t({ message: "Overdue", context: "clock" });
        case "met":
          return t({ message: "Met", context: "clock" });
        case "missed":
          return t({ message: "Missed", context: "clock" });
        case "dropped":
          return t({ message: "Dropped", context: "clock" });
      }
    },
    [t],
  );
}
