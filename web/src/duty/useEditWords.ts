import { useLingui } from "@lingui/react/macro";
import type { EditKind } from "./edit";

interface EditWords {
  readonly title: string;
  readonly lead: string;
  readonly send: string;
  readonly done: string;
}

export function useEditWords(kind: EditKind): EditWords {
  const { t } = useLingui();
  switch (kind) {
    case "override":
      return {
        title: t`Put somebody in`,
        lead: t`Counts at once. Whoever gains or loses a shift is told.`,
        send: t`Put in`,
        done: t`Somebody was put in`,
      };
    case "swap":
      return {
        title: t`Offer a swap`,
        lead: t`Counts when the other has accepted and a shift lead, leader or deputy has approved it. Until then you have the shift.`,
        send: t`Offer the swap`,
        done: t`The swap is offered`,
      };
    case "leave":
      return {
        title: t`Ask for leave`,
        lead: t`Counts when somebody else has approved it. Until then your shifts are yours.`,
        send: t`Ask for it`,
        done: t`The leave is asked for`,
      };
    case "sick":
      return {
        title: t`Report sick`,
        lead: t`Counts at once: for each shift somebody is called.`,
        send: t`Report it`,
        done: t`Reported; others are called`,
      };
  }
}
