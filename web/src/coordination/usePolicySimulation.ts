import { useRef, useState } from "react";
import { answerOf, api } from "../api/client";
import type { Simulation } from "../api/names";

/** Incidents of one question: small enough that the count moves and a stop is heard. */
const AT_ONCE = 100;

export interface Progress {
  readonly isRunning: boolean;
  readonly isStopped: boolean;
  readonly lookedAt: number;
  readonly all: number;
  readonly startedMs: number;
  readonly nowMs: number;
  readonly different: Simulation["different"];
  readonly unanswerable: readonly string[];
  readonly error?: unknown;
}

interface Simulating {
  readonly progress: Progress | undefined;
  readonly start: (sha256: string) => void;
  readonly stop: () => void;
}

/** Asks for the past incidents a hundred at a time, the newest first; what was found stays when it is stopped. */
export function usePolicySimulation(): Simulating {
  const [progress, setProgress] = useState<Progress>();
  const running = useRef<AbortController>(undefined);
  const run = async (sha256: string, { signal }: AbortController): Promise<void> => {
    const startedMs = Date.now();
    let found: Progress = {
      isRunning: true,
      isStopped: false,
      lookedAt: 0,
      all: 0,
      startedMs,
      nowMs: startedMs,
      different: [],
      unanswerable: [],
    };
    setProgress(found);
    let after: string | null = null;
    try {
      do {
        const page: Simulation = await answerOf(
          api.POST("/api/v1/policy/versions/{sha256}/simulation", {
            params: { path: { sha256 }, query: { limit: AT_ONCE, ...(after === null ? {} : { after }) } },
            signal,
          }),
        );
        after = page.next;
        found = {
          ...found,
          all: page.all,
          lookedAt: found.lookedAt + page.looked_at,
          different: [...found.different, ...page.different],
          unanswerable: [...found.unanswerable, ...page.unanswerable],
          isRunning: after !== null,
          nowMs: Date.now(),
        };
        setProgress(found);
      } while (after !== null && !signal.aborted);
    } catch (error) {
      setProgress({ ...found, isRunning: false, isStopped: signal.aborted, ...(signal.aborted ? {} : { error }) });
    }
  };
  return {
    progress,
    start: (sha256) => {
      running.current?.abort();
      const controller = new AbortController();
      running.current = controller;
      void run(sha256, controller);
    },
    stop: () => running.current?.abort(),
  };
}

const SHOWN_AFTER_MS = 5_000;

/** Seconds that are left at the rate so far; said only after five seconds, when the rate means something. */
export function secondsLeft({ isRunning, lookedAt, all, startedMs, nowMs }: Progress): number | undefined {
  const spent = nowMs - startedMs;
  if (!isRunning || lookedAt === 0 || spent < SHOWN_AFTER_MS) return undefined;
  return Math.ceil(((all - lookedAt) * spent) / lookedAt / 1000);
}
