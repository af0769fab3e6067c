import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";
import type { StreamEvent } from "../api/names";
import { useRight } from "../session/useRights";
import { followStream, type StreamStatus } from "./stream";

/** While the stream is down the page asks by itself. */
const POLL_MS = 15_000;

/** What changed: groups, each with the number of its newest event, or "everything" after a gap. */
export type Change =
  | { readonly kind: "groups"; readonly newest: ReadonlyMap<string, number> }
  | { readonly kind: "everything" };

/** What of the stream is not about groups: each page listens for its own kinds. */
export type StreamKind = Exclude<StreamEvent["kind"], "group" | "heartbeat" | "resync">;

/** The ids of one kind that changed, or "everything" after a gap. */
export type KindChange =
  | { readonly kind: StreamKind; readonly ids: readonly string[] }
  | { readonly kind: "everything" };

interface Live {
  readonly status: StreamStatus;
  readonly isPaused: boolean;
  readonly setPaused: (paused: boolean) => void;
  readonly subscribe: (listener: (change: Change) => void) => () => void;
  readonly subscribeTo: (kind: StreamKind, listener: (change: KindChange) => void) => () => void;
}

const Context = createContext<Live | undefined>(undefined);
/** Events that come close together are one change, so that a burst is one question to the server. */
const GATHER_MS = 400;

class Gatherer {
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #byKind = new Map<StreamKind, Set<(change: KindChange) => void>>();
  #newest = new Map<string, number>();
  #idsByKind = new Map<StreamKind, Set<string>>();
  #isEverything = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isPaused = false;

  add(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  addTo(kind: StreamKind, listener: (change: KindChange) => void): () => void {
    const listeners = this.#byKind.get(kind) ?? new Set();
    this.#byKind.set(kind, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  take(event: StreamEvent): void {
    if (event.kind === "heartbeat") return;
    if (event.kind === "group") this.#newest.set(event.id, event.seq);
    else if (event.kind === "resync") this.#isEverything = true;
    else this.#idsByKind.set(event.kind, (this.#idsByKind.get(event.kind) ?? new Set()).add(event.id));
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
    if (this.#isPaused) return;
    const isEverything = this.#isEverything;
    const newest = this.#newest;
    const byKind = this.#idsByKind;
    this.#newest = new Map();
    this.#idsByKind = new Map();
    this.#isEverything = false;
    if (isEverything || newest.size > 0) {
      const change: Change = isEverything ? { kind: "everything" } : { kind: "groups", newest };
      for (const listener of this.#listeners) listener(change);
    }
    for (const [kind, listeners] of this.#byKind) {
      const ids = byKind.get(kind);
      if (!isEverything && !ids) continue;
      const change: KindChange = isEverything ? { kind: "everything" } : { kind, ids: [...(ids ?? [])] };
      for (const listener of listeners) listener(change);
    }
  }
}

export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const [status, setStatus] = useState<StreamStatus>({ kind: "connecting" });
  const [isPaused, setIsPaused] = useState(false);
  const gatherer = useRef<Gatherer>(undefined);
  gatherer.current ??= new Gatherer();
  const current = gatherer.current;
  const mayFollow = useRight("stream.read");

  useEffect(() => {
    // To whom the server tells nothing live, nothing is interrupted either.
    if (!mayFollow) return undefined;
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
  }, [current, mayFollow]);

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
      subscribeTo: (kind, listener) => current.addTo(kind, listener),
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

/** The same for one of the other kinds: incidents, the rota, notices. */
export function useChangesOf(kind: StreamKind, onChange: (change: KindChange) => void): void {
  const { subscribeTo } = useLive();
  const current = useRef(onChange);
  current.current = onChange;
  useEffect(() => subscribeTo(kind, (change) => current.current(change)), [subscribeTo, kind]);
}
