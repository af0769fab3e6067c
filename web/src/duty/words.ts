import { useLingui } from "@lingui/react/macro";
import type { CalendarShift, LeaveView, OverrideView, SwapView } from "../api/names";

export function useSourceWord(): (source: CalendarShift["source"]) => string {
  const { t } = useLingui();
  return (source) => ({ layer: t`by the rota`, swap: t`by a swap`, override: t`put in`, added: t`besides` })[source];
}

export function useSwapWord(): (state: SwapView["state"]) => string {
  const { t } = useLingui();
  return (state) =>
    ({
      offered: t`waits for the other's answer`,
      accepted: t`accepted, waits for approval`,
      approved: t`approved`,
      declined: t`declined`,
      withdrawn: t`withdrawn`,
    })[state];
}

export function useLeaveWords(): {
  readonly kind: (kind: LeaveView["kind"]) => string;
  readonly state: (state: LeaveView["state"]) => string;
} {
  const { t } = useLingui();
  return {
    kind: (kind) => ({ leave: t`Leave`, training: t`Training`, sick: t`Sick` })[kind],
    state: (state) =>
      ({ asked: t`waits for approval`, approved: t`approved`, refused: t`refused`, withdrawn: t`withdrawn` })[state],
  };
}

export function useOverrideWord(): (state: OverrideView["state"]) => string {
  const { t } = useLingui();
  return (state) =>
    ({
      active: t`in force`,
      asked: t`called, has not answered`,
      declined: t`declined`,
      lapsed: t`did not answer in time`,
      withdrawn: t`withdrawn`,
    })[state];
}
