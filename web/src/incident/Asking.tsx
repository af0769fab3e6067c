import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import type { ApprovalView, IncidentDetail, ObligationView, OfferedAct, OfferedOrder } from "../api/names";
import { AskingDialog } from "./AskingDialog";

/** What the page asks before it changes an incident. */
export type Asking =
  | { readonly kind: "move"; readonly act: OfferedAct }
  | { readonly kind: OfferedOrder["kind"] }
  | { readonly kind: ObligationView["actions"][number]; readonly obligation: ObligationView }
  | { readonly kind: ApprovalView["answers"][number]; readonly approval: ApprovalView };

const Context = createContext<((asking: Asking) => void) | undefined>(undefined);

/** Holds the one dialog of an incident; any part of the page may open it. */
export function AskingProvider({
  detail,
  children,
}: {
  readonly detail: IncidentDetail;
  readonly children: ReactNode;
}) {
  const [asking, setAsking] = useState<Asking>();
  const ask = useMemo(() => (next: Asking) => setAsking(next), []);
  return (
    <Context.Provider value={ask}>
      {children}
      <AskingDialog detail={detail} asking={asking} onClose={() => setAsking(undefined)} />
    </Context.Provider>
  );
}

export function useAsk(): (asking: Asking) => void {
  const ask = useContext(Context);
  if (!ask) throw new Error("useAsk outside of AskingProvider");
  return ask;
}
