import {
  createContext,
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useKeyboard } from "./Keyboard";
import type { Scope, ShortcutId } from "./registry";

/** What a palette offers: everything that acts now, or what can be done with the rows meant. */
export interface Offer {
  readonly scopes: readonly Scope[];
  readonly title: string;
}

type Open = (offer: Offer) => void;

const Context = createContext<Open | undefined>(undefined);
const Palette = lazy(() => import("./Palette").then((module) => ({ default: module.Palette })));

/** One palette for the whole page; its list is the registry, less what nothing on screen acts on. */
export function PaletteProvider({ children }: { readonly children: ReactNode }) {
  const { handlerOf } = useKeyboard();
  const [offer, setOffer] = useState<Offer>();
  const cameFrom = useRef<Element | null>(null);
  const chosen = useRef<ShortcutId>(undefined);
  const open = useCallback<Open>((next) => {
    cameFrom.current = document.activeElement;
    chosen.current = undefined;
    setOffer(next);
  }, []);
  const close = useCallback((id?: ShortcutId) => {
    chosen.current = id;
    setOffer(undefined);
  }, []);
  useEffect(() => {
    if (offer || !cameFrom.current) return;
    // The focus is back where it was before the command moves it elsewhere.
    if (cameFrom.current instanceof HTMLElement) cameFrom.current.focus({ preventScroll: true });
    cameFrom.current = null;
    if (chosen.current) handlerOf(chosen.current)?.();
  }, [offer, handlerOf]);
  const value = useMemo(() => open, [open]);
  return (
    <Context.Provider value={value}>
      {children}
      <Suspense>{offer && <Palette offer={offer} onClose={close} />}</Suspense>
    </Context.Provider>
  );
}

export function usePalette(): Open {
  const open = useContext(Context);
  if (!open) throw new Error("usePalette outside of PaletteProvider");
  return open;
}
