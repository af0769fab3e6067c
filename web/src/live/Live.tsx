import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";
import type { StreamEvent } from "../api/names";
import { followStream, type StreamStatus } from "./stream";

/** While the stream is down the page asks by itself. */
const POLL_MS = 15_000;

/** What changed: the ids of groups, or "everything" after a gap. */
export type Change = { readonly kind: "groups"; readonly ids: readonly string[] } | { readonly kind: "everything" };

interface Live {
  readonly status: StreamStatus;
  readonly isPaused: boolean;
  readonly setPaused: (paused: boolean) => void;
  readonly subscribe: (listener: (change: Change) => void) => () => void;
}

const Context = createContext<Live | undefined>(undefined);
/** Events that come close together are one change, so that a burst is one question to the server. */
const GATHER_MS = 400;

class Gatherer {
  readonly #listeners = new Set<(change: Change) => void>();
  #ids = new Set<string>();
  #isEverything = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isPaused = false;

  add(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  take(event: StreamEvent): void {
    if (event.kind === "group") this.#ids.add(event.id);
    else if (event.kind === "resync") this.#isEverything = true;
    else return;
    this.#plan();
  }

  everything(): void {
    this.#isEverything = true;
    this.#plan();
  }

  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!isPaused) this.#plan();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #plan(): void {
    if (this.#isPaused || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#tell(), GATHER_MS);
  }

  #tell(): void {
    this.#timer = undefined;
    if (this.#isPaused || (!this.#isEverything && this.#ids.size === 0)) return;
    const change: Change = this.#isEverything ? { kind: "everything" } : { kind: "groups", ids: [...this.#ids] };
    this.#ids = new Set();
    this.#isEverything = false;
    for (const listener of this.#listeners) listener(change);
  }
}

export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const [status, setStatus] = useState<StreamStatus>({ kind: "connecting" });
  const [isPaused, setIsPaused] = useState(false);
  const gatherer = useRef<Gatherer>(undefined);
  gatherer.current ??= new Gatherer();
  const current = gatherer.current;

  useEffect(() => {
    let wasOffline = false;
    const stop = followStream({
      onEvent: (event) => current.take(event),
      onStatus: (next) => {
        setStatus(next);
        // What was missed while away is in the server's log only up to its bound; asking once is always right.
        if (next.kind === "live" && wasOffline) current.everything();
        wasOffline = next.kind === "offline";
      },
    });
    return () => {
      stop();
      current.stop();
    };
  }, [current]);

  useEffect(() => {
    if (status.kind !== "offline") return undefined;
    const timer = setInterval(() => current.everything(), POLL_MS);
    return () => clearInterval(timer);
  }, [status.kind, current]);

  const value = useMemo<Live>(
    () => ({
      status,
      isPaused,
      setPaused: (paused) => {
        current.pause(paused);
        setIsPaused(paused);
      },
      subscribe: (listener) => current.add(listener),
    }),
    [status, isPaused, current],
  );
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useLive(): Live {
  const live = useContext(Context);
  if (!live) throw new Error("useLive outside of LiveProvider");
  return live;
}

/** Calls back on every change until the component goes. */
export function useChanges(onChange: (change: Change) => void): void {
  const { subscribe } = useLive();
  const current = useRef(onChange);
  current.current = onChange;
  useEffect(() => subscribe((change) => current.current(change)), [subscribe]);
}
