import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { createListener } from "./listener";
import { type Handlers, type Scope, SHORTCUTS, type ShortcutId } from "./registry";

type HandlerRef = { readonly current: Partial<Record<ShortcutId, () => void>> };

interface Keyboard {
  readonly add: (handlers: HandlerRef) => () => void;
  /** What a shortcut does on the page as it stands; undefined where nothing acts on it. */
  readonly handlerOf: (id: ShortcutId) => (() => void) | undefined;
  readonly areLettersOn: boolean;
  readonly setLettersOn: (on: boolean) => void;
  /** A Vietnamese input method rewrites what is typed outside of a field; said once. */
  readonly isRewriting: boolean;
  readonly dismissRewriting: () => void;
}

const Context = createContext<Keyboard | undefined>(undefined);
const STORED = "khien.shortcuts";

export function KeyboardProvider({ children }: { readonly children: ReactNode }) {
  const stack = useRef<HandlerRef[]>([]);
  const [areLettersOn, setOn] = useState(() => localStorage.getItem(STORED) !== "off");
  const [rewriting, setRewriting] = useState<"unseen" | "shown" | "dismissed">("unseen");
  const lettersOn = useRef(areLettersOn);
  lettersOn.current = areLettersOn;

  const handlerOf = useCallback(
    (id: ShortcutId) => stack.current.findLast((handlers) => handlers.current[id] !== undefined)?.current[id],
    [],
  );
  useEffect(() => {
    const listener = createListener({
      ids: Object.keys(SHORTCUTS) as ShortcutId[], // the keys of a constant are its ids
      handlerOf,
      areLettersOn: () => lettersOn.current,
      isBlocked: () => document.querySelector("[aria-modal=true]") !== null,
      onRewritten: () => setRewriting((state) => (state === "unseen" ? "shown" : state)),
    });
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, [handlerOf]);

  const value = useMemo<Keyboard>(
    () => ({
      add: (handlers) => {
        stack.current.push(handlers);
        return () => {
          stack.current = stack.current.filter((other) => other !== handlers);
        };
      },
      handlerOf,
      areLettersOn,
      setLettersOn: (on) => {
        localStorage.setItem(STORED, on ? "on" : "off");
        setOn(on);
      },
      isRewriting: rewriting === "shown",
      dismissRewriting: () => setRewriting("dismissed"),
    }),
    [handlerOf, areLettersOn, rewriting],
  );
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useKeyboard(): Keyboard {
  const keyboard = useContext(Context);
  if (!keyboard) throw new Error("useKeyboard outside of KeyboardProvider");
  return keyboard;
}

/** Gives the shortcuts of one scope their meaning while the component is mounted; all of them, or it does not compile. */
export function useShortcuts<S extends Scope>(_scope: S, handlers: Handlers<S>): void {
  const { add } = useKeyboard();
  const current = useRef<Partial<Record<ShortcutId, () => void>>>(handlers);
  current.current = handlers;
  useEffect(() => add(current), [add]);
}
